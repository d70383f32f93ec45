// What is on record before it is done (ADR-018), and once more where it was then refused or broke.
import type { AuditFacts } from '#kit/audit'
import { describeError } from '#kit/errors'

type Facts = Omit<AuditFacts, 'who' | 'outcome'>

/** `record` throws where nothing may be done; of what failed it only tells. What `act` throws is thrown on. */
export async function recordedAct<T>(
  record: (facts: Omit<AuditFacts, 'who'>) => Promise<void>,
  facts: Facts,
  act: () => Promise<T>,
): Promise<T> {
  await record({ ...facts, outcome: 'allowed' })
  try {
    return await act()
  } catch (error) {
    const reason = [facts.reason, describeError(error)].filter((text) => text !== undefined).join(': ')
    await record({ ...facts, outcome: 'failed', reason })
    throw error
  }
}
