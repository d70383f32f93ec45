// The program of the stand-in's image: at the ports that the chart declares for Polaris, until it is told to stop.
import { serviceNamed } from '#platform/registry'
import { startStandIn } from '#test/cluster/images/catalog/stand-in'

const ports = serviceNamed('catalog').cluster?.ports
const standIn = await startStandIn({
  env: process.env,
  host: '0.0.0.0',
  port: ports?.main as number,
  managementPort: ports?.management as number,
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void standIn.stop().then(() => process.exit(0)))
