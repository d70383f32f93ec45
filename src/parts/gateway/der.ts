// The one X.509 extension that the certificate library lacks: Name Constraints (RFC 5280, section 4.2.1.10), in DER.
import { BlockList, isIPv6 } from 'node:net'

/** Permits these domains with everything below them, and these networks (`127.0.0.0/8`); nothing else. */
export function nameConstraints(domains: readonly string[], networks: readonly string[]): Uint8Array<ArrayBuffer> {
  const names = [
    ...domains.map((domain) => element(0x82, Buffer.from(domain, 'latin1'))),
    ...networks.map((network) => element(0x87, addressAndMask(network))),
  ]
  const permitted = element(0xa0, Buffer.concat(names.map((name) => element(0x30, name))))
  return new Uint8Array(element(0x30, permitted))
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length > 0xffff) throw new Error('too long for this encoder')
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function addressAndMask(network: string): Buffer {
  const [address = '', bits = ''] = network.split('/')
  new BlockList().addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4')
  const bytes = isIPv6(address) ? ipv6Bytes(address) : Buffer.from(address.split('.').map(Number))
  const mask = Buffer.from(bytes.map((_, i) => 0xff & (0xff00 >> Math.max(0, Math.min(8, Number(bits) - i * 8)))))
  return Buffer.concat([bytes, mask])
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((g) => Number.parseInt(g, 16)))
  const [left, right] = [groups(head), groups(tail)]
  const all = [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
  return Buffer.from(all.flatMap((g) => [g >> 8, g & 0xff]))
}
