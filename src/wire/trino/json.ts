// JSON of the protocol, without losing a digit: integers beyond a double stay text (decimals are text already).

const LONG_INTEGER = /[[,:]\s*-?\d{16,}/
const TEXT_OR_INTEGER = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g

export function parseExact<T>(text: string): T {
  if (!LONG_INTEGER.test(text)) return JSON.parse(text) as T
  const quoted = text.replace(TEXT_OR_INTEGER, (m) => (m.startsWith('"') || Number.isSafeInteger(Number(m)) ? m : `"${m}"`))
  return JSON.parse(quoted) as T
}
