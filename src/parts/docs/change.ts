// The body of a change to a report; loaded with its checker when one comes.
import { z } from 'zod'

export const Change = z.strictObject({ title: z.string().optional(), readers: z.array(z.string()).max(200).optional() })
