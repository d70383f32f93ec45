// Anchors of the audit: at a moment, how far the chain had come and with which hash, signed; compared with the chain when it is verified (ADR-030).
import { createHash, type KeyObject, sign, verify } from 'node:crypto'
import type { ChainRow, Finding, Verified } from '#kit/audit-chain'
import { LEAST_AUDIT_DAYS } from '#kit/audit-days'

export const ANCHOR_REASONS = ['start', 'hour', 'stop'] as const

export interface Anchor {
  /** Of the last row then, and its hash in hexadecimal digits. */
  readonly number: number
  readonly hash: string
  /** When it was made; ISO 8601. */
  readonly time: string
  readonly why: (typeof ANCHOR_REASONS)[number]
  /** Fingerprint of the key that signed it. */
  readonly key: string
  /** Ed25519, in base64. */
  readonly signature: string
}

/** A step of the migrations: a document is one line of JSON, the same in every place. */
export const ANCHOR_STEP = `
   CREATE TABLE akko.audit_anchors (number bigint NOT NULL, document text NOT NULL);
   CREATE FUNCTION akko.refuse_anchor_change() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN RAISE EXCEPTION 'akko.audit_anchors is append-only' USING ERRCODE = 'insufficient_privilege'; END $$;
   CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON akko.audit_anchors
     FOR EACH STATEMENT EXECUTE FUNCTION akko.refuse_anchor_change();
   ALTER TABLE akko.audit_anchors ENABLE ALWAYS TRIGGER append_only`

/** SHA-256 of the public key (SPKI, DER), in hexadecimal digits. */
export function keyFingerprint(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

/** What is signed: RFC 8785 of all but the signature. */
function signedText({ hash, key, number, time, why }: Omit<Anchor, 'signature'>): Buffer {
  return Buffer.from(JSON.stringify({ hash, key, number, time, why }))
}

export function signAnchor(facts: Omit<Anchor, 'signature'>, privateKey: KeyObject): string {
  return JSON.stringify({ ...facts, signature: sign(null, signedText(facts), privateKey).toString('base64') } satisfies Anchor)
}

/** Undefined where it is none, or none of this key. */
export function readAnchor(document: string, publicKey: KeyObject): Anchor | undefined {
  try {
    const anchor = JSON.parse(document) as Anchor
    const isWhole = Number.isSafeInteger(anchor.number) && typeof anchor.hash === 'string' && anchor.key === keyFingerprint(publicKey)
    return isWhole && verify(null, signedText(anchor), publicKey, Buffer.from(anchor.signature, 'base64')) ? anchor : undefined
  } catch {
    return undefined
  }
}

export interface AnchorCheck {
  /** How many differ from each other. */
  readonly count: number
  /** Each row of the chain, as it goes by. */
  seen(row: Pick<ChainRow, 'number' | 'hash'>): void
  /** What is left to say at its end. */
  findings(verified: Verified): Finding[]
}

const HOUR_MS = 3_600_000
const LEAST_MS = LEAST_AUDIT_DAYS * 24 * HOUR_MS

/** Documents of all places. Those whose rows went after their days, or lie before what is looked at, are compared with nothing. */
export function checkAnchors(documents: Iterable<string>, publicKey: KeyObject): AnchorCheck {
  const different = new Set(documents)
  const found: Finding[] = []
  const anchors = new Map<number, Anchor[]>()
  for (const document of different) {
    const anchor = readAnchor(document, publicKey)
    if (anchor) anchors.set(anchor.number, [...(anchors.get(anchor.number) ?? []), anchor])
    else found.push({ kind: 'anchor', from: 0, to: 0, id: document.slice(0, 300) })
  }
  return {
    count: different.size,
    seen: ({ number, hash }) => {
      const digits = hash.toString('hex')
      for (const anchor of anchors.get(Number(number)) ?? [])
        if (anchor.hash !== digits) found.push({ kind: 'rewritten', from: anchor.number, to: anchor.number, time: anchor.time })
    },
    findings: ({ last, removedThrough = 0, removedAt, removedBy = 0 }) => {
      const all = [...anchors.values()].flat()
      const beyond = all.filter(({ number }) => number > last).sort((a, b) => b.number - a.number)[0]
      if (beyond) found.push({ kind: 'end', from: last + 1, to: beyond.number, time: beyond.time })
      // What came after an anchor is younger than it: so much as the retention must leave.
      const youngest = removedAt === undefined ? Number.POSITIVE_INFINITY : removed(removedAt, removedBy, all) - LEAST_MS + HOUR_MS
      const early = all.filter(({ number, time }) => number < removedThrough && Date.parse(time) > youngest)[0]
      if (early) found.push({ kind: 'early', from: early.number + 1, to: removedThrough, time: early.time })
      return found
    },
  }
}

/** When rows went, at the latest: their record says what its writer wished, but it was there when an anchor had it, and now. */
const removed = (said: string, number: number, anchors: readonly Anchor[]): number =>
  Math.min(Date.parse(said), Date.now(), ...anchors.filter((anchor) => anchor.number >= number).map(({ time }) => Date.parse(time)))
