// The `?` of a statement.
import { eachChild, isLeaf } from '#parts/sql/syntax/ast'

/** How many values a statement, or a part of one, asks for. */
export function countParameters(root: object): number {
  let count = 0
  const stack: object[] = [root]
  const push = (child: object) => {
    if (!isLeaf(child)) stack.push(child)
  }
  for (let node = stack.pop(); node; node = stack.pop()) {
    const { k, parameters } = node as { k?: string; parameters?: unknown }
    if (k === 'parameter') count++
    else if (k === 'elsewhere') count += parameters as number
    else eachChild(node, push)
  }
  return count
}
