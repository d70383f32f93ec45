// The `?` of a statement.

/** How many values a statement, or a part of one, asks for. */
export function countParameters(root: unknown): number {
  let count = 0
  const stack = [root]
  while (stack.length > 0) {
    const node = stack.pop()
    if (node === null || typeof node !== 'object') continue
    const { k, parameters } = node as { k?: string; parameters?: unknown }
    if (k === 'parameter') count++
    else if (k === 'elsewhere') count += parameters as number
    else for (const child of Object.values(node)) stack.push(child)
  }
  return count
}
