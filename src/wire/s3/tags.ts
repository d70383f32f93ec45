// Tags of objects and buckets, as documents and headers carry them: which are taken, and how they are told.
import { parsePairs } from '#wire/s3/uri'

/** In the order that they were given. */
export type Tags = readonly (readonly [key: string, value: string])[]

export class TagError extends Error {}

const LONGEST_KEY = 128
const LONGEST_VALUE = 256
/** Letters, spaces and numbers of any script, and these signs. */
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** Of an object at most 10, of a bucket 50. */
export const MOST_TAGS = { object: 10, bucket: 50 } as const

/** @throws TagError */
export function assertTags(tags: Tags, of: keyof typeof MOST_TAGS): Tags {
  if (tags.length > MOST_TAGS[of]) throw new TagError(`a ${of} has at most ${MOST_TAGS[of]} tags`)
  for (const [key, value] of tags) {
    if (key === '' || key.length > LONGEST_KEY || !TEXT.test(key)) throw new TagError('the key of a tag is not valid')
    if (value.length > LONGEST_VALUE || !TEXT.test(value)) throw new TagError('the value of a tag is not valid')
    if (/^aws:/i.test(key)) throw new TagError('tags whose key begins with aws: are not the requester’s')
  }
  if (new Set(tags.map(([key]) => key)).size < tags.length) throw new TagError('two tags have the same key')
  return tags
}

/** `a=1&b`, percent-encoded. @throws TagError */
export function parseTags(header: string): Tags {
  try {
    return parsePairs(header)
  } catch {
    throw new TagError('the tags are not percent-encoded UTF-8')
  }
}

/** Whether these are among the tags. */
export function hasTags(tags: Tags, wanted: Tags): boolean {
  return wanted.every(([key, value]) => tags.some((tag) => tag[0] === key && tag[1] === value))
}
