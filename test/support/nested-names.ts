// Names of schemas that one matching rule is asked about, in TypeScript and in OPA.

/** Schemas that the policy names or that stand beside those. */
export const BASES = ['iceberg.banking', 'iceberg.analytics', 'iceberg.retail', 'banking.public'] as const

/** Names of the same place or of one below it, each in several spellings. */
export function nestedNames(base: string): string[] {
  const nested = Array.from({ length: 5 }, (_, depth) => [base, ...Array.from({ length: depth }, (_, i) => `level ${i}`)].join('.'))
  const spelled = nested.flatMap((name) => [name, name.toUpperCase(), name.replace(/\.(.)/g, (_, c: string) => `.${c.toUpperCase()}`)])
  return [...new Set(spelled)]
}
