// The targets of the audit: syslog over TLS (RFC 5424 in RFC 5425's frames), lines of JSON over HTTPS with an HMAC, and OTLP logs over HTTPS.
import { createHmac } from 'node:crypto'
import https from 'node:https'
import { hostname } from 'node:os'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import type { ChainRow } from '#kit/audit-chain'
import type { ForwardTarget } from '#kit/audit-forward'
import { own } from '#kit/own'
import type { Secret } from '#kit/secret'

/** For the connection and for the answer; milliseconds. */
const ANSWER_MS = 10_000
/** How long a syslog receiver is listened to before its connection is ended. */
const SETTLE_MS = 500
/** RFC 5424: log audit. */
const FACILITY = 13
/** Syslog's (RFC 5424) and OpenTelemetry's number, and the latter's word. */
const SEVERITIES: Readonly<Record<string, readonly [number, number, string]>> = {
  allowed: [6, 9, 'INFO'],
  denied: [4, 13, 'WARN'],
  failed: [3, 17, 'ERROR'],
}
const severityOf = (outcome: string) => own(SEVERITIES, outcome) ?? ([4, 13, 'WARN'] as const)

export interface TargetTrust {
  /** Certificates of authorities, PEM, in the place of the system's. */
  readonly ca?: string
}

/** What happened, as a line. */
function sentence({ sub, part, action, kind, path, outcome }: ChainRow): string {
  return [outcome, sub, `${part}:`, action, kind, path.join('.')].filter((word) => word !== '').join(' ')
}

/** One event as lines of JSON have it: as `akko audit --json`, with its place in the chain. */
export function jsonEvent(row: ChainRow): object {
  const { number, hash, id, time, request_id: requestId, sub, via, roles, part, action, kind, path, outcome, reason, address } = row
  return {
    ...{ id, time, requestId, who: { sub, via, roles }, what: { part, action, kind, path }, outcome },
    ...(reason === null ? {} : { reason }),
    ...(address === null ? {} : { address }),
    ...{ number: Number(number), hash: hash.toString('hex') },
  }
}

/** RFC 5424 6.3.3: what may not stand for itself in a value. */
const escaped = (value: string) => value.replaceAll(/["\\\]]/g, (character) => `\\${character}`)
/** RFC 5424 6: PRINTUSASCII of so many characters, else nothing is known. */
const printable = (word: string, length: number) => (/^[\x21-\x7e]+$/.test(word) ? word.slice(0, length) : '-')

/** RFC 5424. The parameters are named as in JSON; of a path and of roles each element is one. */
export function syslogMessage(row: ChainRow): string {
  const parameters: [string, string | null][] = [
    ['id', row.id],
    ['number', row.number],
    ['hash', row.hash.toString('hex')],
    ['requestId', row.request_id],
    ['sub', row.sub],
    ['via', row.via],
    ...row.roles.map((role): [string, string] => ['role', role]),
    ['part', row.part],
    ['action', row.action],
    ['kind', row.kind],
    ...row.path.map((element): [string, string] => ['path', element]),
    ['outcome', row.outcome],
    ['reason', row.reason],
    ['address', row.address],
  ]
  const data = parameters.flatMap(([name, value]) => (value === null ? [] : [` ${name}="${escaped(value)}"`])).join('')
  const priority = FACILITY * 8 + severityOf(row.outcome)[0]
  // 32473 is the number that RFC 5612 keeps for who has none.
  return `<${priority}>1 ${row.time} ${printable(hostname(), 255)} akko ${process.pid} audit [audit@32473${data}] \uFEFF${sentence(row)}`
}

/**
 * `tls://host:port`. Syslog has no answers: each delivery is a connection of its own, which the receiver must leave open until it has everything, and
 * then end in turn. One that dies with events it has read, and not kept, has lost them.
 */
export function syslogTarget(address: string, { ca }: TargetTrust): ForwardTarget {
  const { hostname: host, port } = new URL(address)
  const bare = host.replace(/^\[|\]$/g, '')
  return {
    name: address,
    send: (rows, signal) =>
      new Promise((resolve, reject) => {
        const socket = tls.connect({
          host: bare,
          port: Number(port || 6514),
          servername: bare,
          minVersion: 'TLSv1.2',
          ...(ca ? { ca } : {}),
        })
        const fail = (error: Error) => {
          reject(error)
          socket.destroy()
        }
        const abort = () => fail(new Error('the process ends'))
        signal.addEventListener('abort', abort)
        socket.setTimeout(ANSWER_MS, () => fail(new Error(`no answer within ${ANSWER_MS / 1000} s`)))
        let given = false
        socket.once('secureConnect', () => {
          const frames = rows.map((row) => syslogMessage(row)).map((message) => `${Buffer.byteLength(message)} ${message}`)
          socket.write(frames.join(''), () => {
            // A receiver that took the connection only to end it is heard by then.
            setTimeout(() => {
              given = true
              socket.end()
            }, SETTLE_MS)
          })
        })
        socket.resume()
        socket.once('end', () => (given ? resolve() : fail(new Error('the receiver ended the connection before it had everything'))))
        socket.once('error', fail)
        socket.once('close', () => {
          signal.removeEventListener('abort', abort)
          reject(new Error('the connection broke'))
        })
      }),
  }
}

/** Each request is a line of JSON for each event; `x-akko-signature` is the HMAC-SHA-256 over `x-akko-timestamp`, a point and the body. */
export function httpTarget(address: string, secret: Secret, trust: TargetTrust): ForwardTarget {
  return {
    name: address,
    send: async (rows, signal) => {
      const body = rows.map((row) => `${JSON.stringify(jsonEvent(row))}\n`).join('')
      const timestamp = String(Math.floor(Date.now() / 1000))
      const signature = createHmac('sha256', secret.reveal()).update(`${timestamp}.${body}`).digest('hex')
      const headers = { 'content-type': 'application/x-ndjson', 'x-akko-timestamp': timestamp, 'x-akko-signature': `sha256=${signature}` }
      await post(address, body, headers, trust, signal)
    },
  }
}

/** OTLP 1, JSON over HTTP: the whole address, which by default ends in `/v1/logs`; with a token, where one is set. */
export function otlpTarget(address: string, token: Secret | undefined, trust: TargetTrust): ForwardTarget {
  return {
    name: address,
    send: async (rows, signal) => {
      const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}) }
      const answer = await post(address, JSON.stringify(otlpLogs(rows)), headers, trust, signal)
      // A receiver that took a part says so in a success.
      const { partialSuccess } = JSON.parse(answer || '{}') as {
        partialSuccess?: { rejectedLogRecords?: string | number; errorMessage?: string }
      }
      if (Number(partialSuccess?.rejectedLogRecords ?? 0) > 0)
        throw new Error(`${partialSuccess?.rejectedLogRecords} events were refused: ${partialSuccess?.errorMessage ?? ''}`)
    },
  }
}

const textValue = (stringValue: string) => ({ stringValue })
const listValue = (values: readonly string[]) => ({ arrayValue: { values: values.map(textValue) } })

/** Since 1970; 0, which is not known, for what OTLP has no number for. */
function nanoseconds(time: string): string {
  const milliseconds = Date.parse(time)
  return milliseconds >= 0 ? `${BigInt(milliseconds) * 1_000_000n + BigInt(time.slice(23, 26)) * 1000n}` : '0'
}

/** opentelemetry-proto's ExportLogsServiceRequest, in its JSON. */
export function otlpLogs(rows: readonly ChainRow[]): object {
  const logRecords = rows.map((row) => {
    const [, severityNumber, severityText] = severityOf(row.outcome)
    const texts: [string, string | null][] = [
      ['audit.id', row.id],
      ['audit.hash', row.hash.toString('hex')],
      ['audit.request_id', row.request_id],
      ['user.name', row.sub],
      ['audit.via', row.via],
      ['audit.part', row.part],
      ['audit.action', row.action],
      ['audit.kind', row.kind],
      ['audit.outcome', row.outcome],
      ['audit.reason', row.reason],
      ['client.address', row.address],
    ]
    return {
      timeUnixNano: nanoseconds(row.time),
      ...{ severityNumber, severityText, eventName: 'akko.audit', body: textValue(sentence(row)) },
      attributes: [
        ...texts.flatMap(([key, value]) => (value === null ? [] : [{ key, value: textValue(value) }])),
        { key: 'audit.number', value: { intValue: row.number } },
        { key: 'user.roles', value: listValue(row.roles) },
        { key: 'audit.path', value: listValue(row.path) },
      ],
    }
  })
  const resource = {
    attributes: [
      { key: 'service.name', value: textValue('akko') },
      { key: 'host.name', value: textValue(hostname()) },
    ],
  }
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'akko.audit' }, logRecords }] }] }
}

/** The answer's text. Redirections are not followed: they would lead where nobody declared. */
function post(
  address: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  { ca }: TargetTrust,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const length = String(Buffer.byteLength(body))
    const options = {
      method: 'POST',
      headers: { ...headers, 'content-length': length },
      agent: false,
      timeout: ANSWER_MS,
      signal,
      ...(ca ? { ca } : {}),
    }
    const sent = https.request(address, options, (answer) => {
      const status = answer.statusCode ?? 0
      text(answer).then((said) => (status >= 200 && status < 300 ? resolve(said) : reject(new Error(`status ${status}`))), reject)
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_MS / 1000} s`)))
    sent.on('error', reject)
    sent.end(body)
  })
}
