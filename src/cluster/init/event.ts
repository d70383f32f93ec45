// One Kubernetes Event about the Job that ran, so that `kubectl describe job` and `kubectl get events` tell what it did.
import { randomBytes } from 'node:crypto'
import type { Env } from '#cluster/init/environment'

const LONGEST_NOTE = 1024

export function eventOf(env: Env, namespace: string, { failed, note }: { failed: boolean; note: string }): object {
  const pod = env.HOSTNAME ?? 'akko-init'
  const regarding = env.AKKO_JOB
    ? { apiVersion: 'batch/v1', kind: 'Job', name: env.AKKO_JOB, ...(env.AKKO_JOB_UID ? { uid: env.AKKO_JOB_UID } : {}) }
    : { apiVersion: 'v1', kind: 'Pod', name: pod }
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${regarding.name}.${randomBytes(6).toString('hex')}`, namespace, labels: { 'app.kubernetes.io/part-of': 'akko' } },
    eventTime: new Date().toISOString().replace('Z', '000Z'),
    type: failed ? 'Warning' : 'Normal',
    reason: failed ? 'EnsureFailed' : 'Ensured',
    action: 'Ensure',
    reportingController: 'akko.io/init',
    reportingInstance: pod.slice(0, 128),
    regarding: { ...regarding, namespace },
    note: clip(note),
  }
}

/** The API counts bytes. */
function clip(note: string): string {
  let text = note
  while (Buffer.byteLength(text) > LONGEST_NOTE) text = `${text.slice(0, Math.floor(text.length * 0.95) - 1)}…`
  return text
}
