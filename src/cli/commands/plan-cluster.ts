// akko plan --cluster: each init job of the release is run once more beside it, told to look only; what it made is deleted again.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Flags } from '#cli/flags'
import { printJson, printTable, say } from '#cli/output'
import type { Change } from '#ensure/index'
import { defineError } from '#kit/errors'
import { EXIT } from '#platform/secret-objects'

const KubectlFailed = defineError('plan.kubectl_failed', 502, 'kubectl {args}: {why}', {
  blame: 'operator',
  hint: 'see that `kubectl get jobs` works with the same --kubeconfig, --context and --namespace',
})
const NoKubectl = defineError('plan.no_kubectl', 500, 'there is no kubectl on the PATH', {
  blame: 'operator',
  hint: 'install it, https://kubernetes.io/docs/tasks/tools/',
})
const NoCluster = defineError('plan.no_cluster', 400, 'no cluster is configured here for kubectl', {
  blame: 'caller',
  hint: 'name its file: akko plan --cluster --kubeconfig FILE, or KUBECONFIG; and --context NAME where it holds several',
})
const NoJobs = defineError('plan.no_jobs', 404, 'the namespace {namespace} holds no init job of AKKO', {
  blame: 'caller',
  hint: 'name the namespace of the release: akko plan --cluster --namespace NAME',
})
const NoAnswer = defineError('plan.no_answer', 504, 'the plan of {job} was not done after {seconds} s: {why}', {
  blame: 'operator',
  hint: 'kubectl get pods --namespace {namespace} says what keeps it; --timeout SECONDS waits longer',
})

/** Marks what a plan makes, and so what it deletes. */
const MARK = 'akko.io/plan'

interface Job {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly spec: { readonly template: PodTemplate }
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[] }
}
interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }
  readonly spec: { readonly containers: readonly { readonly name: string; readonly args?: readonly string[] }[] }
}
interface Plan {
  readonly job: string
  readonly checked: number
  readonly changes: readonly Change[]
  readonly unavailable: readonly Change[]
  readonly failed: readonly Change[]
}

export async function planCluster(flags: Flags): Promise<void> {
  const namespace = String(flags.namespace ?? 'akko')
  const kubectl = createKubectl([
    '--namespace',
    namespace,
    ...(flags.kubeconfig ? ['--kubeconfig', String(flags.kubeconfig)] : []),
    ...(flags.context ? ['--context', String(flags.context)] : []),
  ])
  const seconds = Number(flags.timeout ?? 180)
  const run = randomBytes(4).toString('hex')
  await assertCluster(kubectl)
  const found = JSON.parse(await kubectl(['get', 'jobs', '-l', 'app.kubernetes.io/part-of=akko', '-o', 'json'])) as { items: Job[] }
  const jobs = found.items.filter((job) => !job.metadata.labels?.[MARK] && ensureArgs(job))
  if (jobs.length === 0) throw NoJobs({ namespace })
  const clean = () => kubectl(['delete', 'jobs', '-l', `${MARK}=${run}`, '--cascade=background', '--ignore-not-found', '--wait=false'])
  let ending = false
  const interrupted = (signal: NodeJS.Signals) => {
    ending = true
    void clean()
      .catch(() => {})
      .then(() => process.exit(signal === 'SIGINT' ? 130 : 143))
  }
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    await kubectl(
      ['create', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: jobs.map((job) => copyOf(job, run, seconds)) }),
    )
    const plans = await Promise.all(jobs.map((job) => resultOf(kubectl, job, run, { seconds, namespace })))
    report(plans, flags)
  } catch (error) {
    if (ending) await new Promise(() => {}) // the process ends when all is deleted
    throw error
  } finally {
    await clean()
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
  }
}

function ensureArgs(job: Job): readonly string[] | undefined {
  const args = job.spec.template.spec.containers[0]?.args
  return args?.[0] === 'ensure' ? args.slice(1) : undefined
}

const nameOf = (job: Job, run: string) => `${job.metadata.name.slice(0, 44)}-plan-${run}`

/** The same pod, labels of its policy included, that looks once and is tried once. It is no object of the release. */
function copyOf(job: Job, run: string, seconds: number): object {
  const { metadata, spec } = job.spec.template
  const labels = Object.entries(metadata?.labels ?? {}).filter(([name]) => !/(^|\/)(controller-uid|job-name)$/.test(name))
  const { initContainers: _, ...pod } = spec as PodTemplate['spec'] & { readonly initContainers?: unknown }
  const [main, ...others] = spec.containers
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: nameOf(job, run), labels: { [MARK]: run, 'app.kubernetes.io/part-of': 'akko' } },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: seconds,
      ttlSecondsAfterFinished: 600,
      template: {
        metadata: { labels: { ...Object.fromEntries(labels), [MARK]: run } },
        spec: {
          ...pod,
          restartPolicy: 'Never',
          containers: [{ ...main, args: ['ensure', '--plan', '--json', ...(ensureArgs(job) ?? [])] }, ...others],
        },
      },
    },
  }
}

type Kubectl = (args: readonly string[], stdin?: string) => Promise<string>

async function resultOf(
  kubectl: Kubectl,
  job: Job,
  run: string,
  { seconds, namespace }: { seconds: number; namespace: string },
): Promise<Plan> {
  const name = nameOf(job, run)
  const until = performance.now() + (seconds + 30) * 1000
  for (;;) {
    const now = JSON.parse(await kubectl(['get', 'job', name, '-o', 'json'])) as Job
    const over = now.status?.conditions?.find((c) => (c.type === 'Complete' || c.type === 'Failed') && c.status === 'True')
    if (over || performance.now() > until) {
      const log = await kubectl(['logs', `job/${name}`]).catch(() => '')
      // A plan with changes ends the pod with 2, which is a failed Job: its words count, not its code.
      const line = log.split('\n').find((l) => l.startsWith('{'))
      if (line) return { job: job.metadata.labels?.['akko.io/component'] ?? job.metadata.name, ...(JSON.parse(line) as Omit<Plan, 'job'>) }
      throw NoAnswer({
        job: job.metadata.name,
        seconds,
        namespace,
        why: log.trim().split('\n')[0] || over?.message || 'its pod does not run',
      })
    }
    await sleep(1000)
  }
}

function report(plans: readonly Plan[], flags: Flags): void {
  const all = (of: (plan: Plan) => readonly Change[]) => plans.flatMap((p) => of(p).map((c) => ({ job: p.job, ...c })))
  const [changes, unavailable, failed] = [all((p) => p.changes), all((p) => p.unavailable), all((p) => p.failed)]
  const checked = plans.reduce((sum, p) => sum + p.checked, 0)
  if (flags.json) printJson({ checked, changes, unavailable, failed })
  else {
    const lines = [...changes, ...unavailable, ...failed]
    if (lines.length > 0)
      printTable(
        ['JOB', 'ACTION', 'RESOURCE', 'WHY'],
        lines.map((l) => [l.job, l.action, l.resource, l.detail ?? '']),
      )
    say(`${plans.length} init jobs, ${checked} resources checked, ${changes.length} to change`)
  }
  process.exitCode = failed.length > 0 ? EXIT.failed : changes.length > 0 ? EXIT.changes : 0
}

/** Without a configuration kubectl asks whatever listens on localhost:8080, but in a pod. */
async function assertCluster(kubectl: Kubectl): Promise<void> {
  if (process.env.KUBERNETES_SERVICE_HOST) return
  const config = JSON.parse(await kubectl(['config', 'view', '-o', 'json'])) as { clusters: readonly unknown[] | null }
  if (!config.clusters?.length) throw NoCluster()
}

function createKubectl(common: readonly string[]): Kubectl {
  return (args, stdin) =>
    new Promise((resolve, reject) => {
      const child = execFile('kubectl', [...common, ...args], { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
        if (!error) resolve(stdout)
        else if (error.code === 'ENOENT') reject(NoKubectl())
        else reject(KubectlFailed({ args: args.slice(0, 2).join(' '), why: stderr.trim().split('\n').at(-1) || error.message }))
      })
      child.stdin?.on('error', () => {}) // kubectl's own words tell why it ended early
      child.stdin?.end(stdin)
    })
}
