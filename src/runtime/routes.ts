// The gateway's routes, from the declarations: every host of the map, and the paths that clients reach under `localhost`.
import type { HostRoute, PathRoute, Routes } from '#parts/gateway/index'
import { machineServices, services } from '#platform/registry'
import { CLIENT_LABEL, HOST, isShared, type Machine, port } from '#runtime/machine'

export function createRoutes(machine: Machine): Routes {
  const upstream = (service: string) => ({ host: HOST, port: port(machine, service) })
  return {
    ...(isShared(machine.config) ? { clientLabel: CLIENT_LABEL } : {}),
    hosts: services.flatMap((s) =>
      (s.hosts ?? []).map(
        (label): HostRoute => ({
          label,
          title: s.title,
          guarded: s.machine?.signed === undefined && (s.guarded ?? false),
          ...(s.machine?.signed ? { signed: s.machine.signed } : {}),
          ...(s.open ? { open: s.open } : {}),
          name: s.name,
          ...(s.machine?.ports.main === undefined || s.machine.front ? {} : { upstream: upstream(s.name) }),
        }),
      ),
    ),
    paths: machineServices().flatMap((s) =>
      (s.paths ?? []).map((prefix): PathRoute => ({ prefix, title: s.title, name: s.name, upstream: upstream(s.name) })),
    ),
  }
}
