import { spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import type { Output } from '#kit/programs'
import { follow } from '#runtime/supervisor/programs/run'
import { LIMITS } from '#runtime/supervisor/programs/test-supervisor'

it('says nothing more once it is over, whoever still holds its pipes', async () => {
  const script = `setsid sh -c 'sleep 1.5; echo late; sleep 0.2; echo later' & echo now`
  const child = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const printed: Output[] = []
  const end = await follow(child, LIMITS, (output) => printed.push(output)).over
  const said = () => Buffer.concat(printed.map(({ bytes }) => bytes)).toString()
  expect([end.code, end.ended, said()]).toEqual([0, 'itself', 'now\n'])
  await new Promise((done) => setTimeout(done, 2000))
  expect(said()).toBe('now\n')
})
