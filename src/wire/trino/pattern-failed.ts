// Ways of a search that led nowhere, remembered so that none is gone twice.

/** Places in the program times those in the text that are remembered, in bits. */
const MOST_FAILED = 1 << 23
/** So many forks are taken before any is remembered: most searches end sooner. */
const FORKS = 64
const NONE = new Uint8Array(0)

/** Forks of one program that were taken and led nowhere: who comes to one again has seen all its ways fail. */
export class Failed {
  private readonly width: number
  private readonly bits: number
  private readonly claim: (bytes: number) => boolean
  private seen: Uint8Array | undefined
  private forks = 0
  private marks: number[] = []

  /** `claim`: whether so many bytes may be had; asked once. */
  constructor(bits: number, width: number, claim: (bytes: number) => boolean) {
    this.bits = bits
    this.width = width
    this.claim = claim
  }

  /** A run of the program begins; what failed in those before fails again. */
  begin(): void {
    this.marks = []
  }

  /** Whether it was taken; now it is. */
  has(pc: number, at: number): boolean {
    if (++this.forks < FORKS) return false
    this.seen ??= this.bits <= MOST_FAILED && this.claim((this.bits >> 3) + 1) ? new Uint8Array((this.bits >> 3) + 1) : NONE
    if (this.seen === NONE) return false
    const bit = pc * this.width + at
    const [byte, mask] = [bit >> 3, 1 << (bit & 7)]
    if (((this.seen[byte] as number) & mask) !== 0) return true
    this.seen[byte] = (this.seen[byte] as number) | mask
    this.marks.push(bit)
    return false
  }

  /** The run ended in a match: its forks did not all fail. */
  forget(): void {
    for (const bit of this.marks) if (this.seen) this.seen[bit >> 3] = (this.seen[bit >> 3] as number) & ~(1 << (bit & 7))
    this.marks = []
  }
}
