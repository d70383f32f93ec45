import { describe, expect, it } from 'vitest'
import { addressOf, isWithin, printAddress, readAddress, shortestOf } from '#wire/trino/addresses'

const again = (text: string): string | undefined => {
  const bytes = readAddress(text)
  return bytes && printAddress(bytes)
}

describe('IP addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::ffff:102:304', '1.2.3.4'],
    ['::1.2.3.4', '::102:304'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::', '::'],
    ['1::', '1::'],
  ])('%s is written %s', (text, printed) => {
    expect(again(text)).toBe(printed)
  })

  it.each(['', '1.2.3', '1.2.3.256', '01.2.3.4', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7::8', '1::2::3', ':::', '12345::', 'g::', '1.2.3.4::'])(
    '%j is none',
    (text) => {
      expect(readAddress(text)).toBeUndefined()
    },
  )

  it('are 16 bytes, of IPv4 written as 4', () => {
    expect(addressOf(Uint8Array.of(1, 2, 3, 4))).toEqual(readAddress('1.2.3.4'))
    expect(shortestOf(readAddress('1.2.3.4') as Uint8Array)).toEqual(Uint8Array.of(1, 2, 3, 4))
    expect(addressOf(Uint8Array.of(1, 2, 3))).toBeUndefined()
  })

  it('lie in networks of their family', () => {
    const within = (network: string, address: string) => isWithin(network, readAddress(address) as Uint8Array)
    expect([within('10.0.0.0/8', '10.255.0.1'), within('10.0.0.0/8', '11.0.0.1')]).toEqual([true, false])
    expect([within('10.0.0.0/9', '10.128.0.1'), within('10.0.0.7/32', '10.0.0.7'), within('0.0.0.0/0', '1.2.3.4')]).toEqual([
      false,
      true,
      true,
    ])
    expect([within('2001:db8::/32', '2001:db8::1'), within('::/0', '1.2.3.4')]).toEqual([true, false])
    expect([within('10.0.0.0/33', '10.0.0.1'), within('10.0.0.0', '10.0.0.1'), within('x/8', '10.0.0.1')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})
