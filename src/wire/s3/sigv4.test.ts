// The examples that AWS publishes ("Signature Calculations for the Authorization Header", "Query Parameters", "in Multiple Chunks").
import { describe, expect, it } from 'vitest'
import { ChunkError, createChunkedDecoder } from '#wire/s3/chunked'
import { crc32c } from '#wire/s3/crc'
import {
  canonicalRequest,
  EMPTY_SHA256,
  parseAuthorization,
  parsePresigned,
  presignUrl,
  sha256Hex,
  signatureOf,
  signHeaders,
  signingKey,
  stringToSign,
} from '#wire/s3/sigv4'
import { parseTarget } from '#wire/s3/uri'

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const now = new Date('2013-05-24T00:00:00Z')
const timestamp = '20130524T000000Z'
const scope = { date: '20130524', region: 'us-east-1', service: 's3' }
const host = 'examplebucket.s3.amazonaws.com'

const sign = (method: string, path: string, headers: Record<string, string> = {}, payloadHash = EMPTY_SHA256) => {
  const url = new URL(`https://${host}${path}`)
  const { authorization } = signHeaders({ method, url, headers, payloadHash, credentials, region: 'us-east-1', service: 's3', now })
  return parseAuthorization(authorization as string, timestamp, undefined)?.signature
}

describe('signature in headers', () => {
  it('GET with a range', () => {
    expect(sign('GET', '/test.txt', { Range: 'bytes=0-9' })).toBe('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41')
  })
  it('PUT with an escaped path', () => {
    const headers = { Date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' }
    expect(sign('PUT', '/test%24file.text', headers, sha256Hex('Welcome to Amazon S3.'))).toBe(
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    )
  })
  it('GET of a sub-resource', () => {
    expect(sign('GET', '/?lifecycle')).toBe('fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543')
  })
  it('GET with parameters', () => {
    expect(sign('GET', '/?max-keys=2&prefix=J')).toBe('34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7')
  })
  it('refuses a malformed header', () => {
    expect(parseAuthorization('AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00', timestamp, undefined)).toBeUndefined()
    expect(parseAuthorization('AWS a:b', timestamp, undefined)).toBeUndefined()
  })
})

describe('signature in the query', () => {
  const url = presignUrl({
    method: 'GET',
    url: new URL(`https://${host}/test.txt`),
    credentials,
    region: 'us-east-1',
    service: 's3',
    now,
    expires: 86400,
  })
  it('equals the published one', () => {
    expect(url.searchParams.get('X-Amz-Signature')).toBe('aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404')
  })
  it('is read back and verified from the parameters alone', () => {
    const { query, pairs, rawPath } = parseTarget(url.pathname + url.search)
    const claim = parsePresigned(query)
    expect(claim).toMatchObject({ accessKeyId: credentials.accessKeyId, scope, expires: 86400, signedHeaders: ['host'] })
    const canonical = canonicalRequest({
      method: 'GET',
      path: rawPath,
      pairs: pairs.filter(([name]) => name !== 'X-Amz-Signature'),
      headers: new Map([['host', host]]),
      signedHeaders: ['host'],
      payloadHash: 'UNSIGNED-PAYLOAD',
    })
    expect(signatureOf(signingKey(credentials.secretAccessKey, scope), stringToSign(timestamp, scope, canonical))).toBe(claim?.signature)
    for (const expires of ['1e2', ' 60', '', '0x3c', '6.0', '+60'])
      expect(parsePresigned(new Map([...query, ['X-Amz-Expires', expires]])), expires).toBeUndefined()
  })
})

const key = signingKey(credentials.secretAccessKey, scope)

/** Feeds a body in pieces of a size, so that every boundary is crossed somewhere. */
function decode(body: Buffer, piece: number, decoder: ReturnType<typeof createChunkedDecoder>) {
  const data: Buffer[] = []
  for (let at = 0; at < body.length; at += piece) data.push(...decoder.push(body.subarray(at, at + piece)).map((d) => Buffer.from(d)))
  return { trailers: decoder.finish(), data: Buffer.concat(data) }
}

describe('signed chunks', () => {
  const seed = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9'
  const signer = { key, timestamp, scope, seed }
  const body = Buffer.from(
    `10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n${'a'.repeat(65536)}\r\n` +
      `400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n${'a'.repeat(1024)}\r\n` +
      '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n',
  )
  it.each([1, 7, 1024, 100_000])('the published chunks hold, in pieces of %i bytes', (piece) => {
    expect(decode(body, piece, createChunkedDecoder({ signer, trailers: false })).data.equals(Buffer.alloc(66560, 'a'))).toBe(true)
  })
  it('refuses a changed byte, a wrong seed and an early end', () => {
    const changed = Buffer.from(body)
    changed[200] = 98
    expect(() => decode(changed, 1000, createChunkedDecoder({ signer, trailers: false }))).toThrow(ChunkError)
    const other = { ...signer, seed: 'f'.repeat(64) }
    expect(() => decode(body, 1000, createChunkedDecoder({ signer: other, trailers: false }))).toThrow(/signature/)
    expect(() => decode(body.subarray(0, 66_000), 1000, createChunkedDecoder({ signer, trailers: false }))).toThrow(/ended/)
  })
})

describe('signed chunks with a trailer', () => {
  const signer = { key, timestamp, scope, seed: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e' }
  const body = (trailer: string) =>
    Buffer.from(
      `10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n${'a'.repeat(65536)}\r\n` +
        `400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n${'a'.repeat(1024)}\r\n` +
        `0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n${trailer}\r\n` +
        'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n',
    )
  it('the published trailer holds, and is the checksum of the data', () => {
    const { trailers, data } = decode(body('x-amz-checksum-crc32c:sOO8/Q=='), 4096, createChunkedDecoder({ signer, trailers: true }))
    const computed = Buffer.alloc(4)
    computed.writeUInt32BE(crc32c(data))
    expect(trailers.get('x-amz-checksum-crc32c')).toBe(computed.toString('base64'))
  })
  it('refuses another trailer', () => {
    expect(() => decode(body('x-amz-checksum-crc32c:AAAAAA=='), 4096, createChunkedDecoder({ signer, trailers: true }))).toThrow(/trailers/)
  })
})

describe('unsigned chunks with a trailer', () => {
  const body = Buffer.from('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n')
  it.each([1, 3, 100])('are read in pieces of %i bytes', (piece) => {
    const { data, trailers } = decode(body, piece, createChunkedDecoder({ trailers: true }))
    expect(data.toString()).toBe('hello')
    expect(trailers.get('x-amz-checksum-crc32')).toBe('NhCmhg==')
  })
  it('refuses garbage behind the end and endless headers', () => {
    expect(() => decode(Buffer.concat([body, Buffer.from('more\r\n')]), 100, createChunkedDecoder({ trailers: true }))).toThrow(/behind/)
    expect(() => decode(Buffer.alloc(40_000, '1'), 1000, createChunkedDecoder({ trailers: true }))).toThrow(/too long/)
  })
})
