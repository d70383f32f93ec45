// Tags in documents and headers.
import { InvalidTag, InvalidTagHeader, MalformedXml, TooManyTags } from '#parts/storage/errors'
import type { Tagged } from '#parts/storage/records'
import { eachIn, type Fields, fieldsIn, textIn } from '#parts/storage/settings/fields'
import { assertTags, MOST_TAGS, parseTags, TagError, type Tags } from '#wire/s3/tags'
import type { XmlFields } from '#wire/s3/xml'

export function readTagSet(fields: Fields, of: 'object' | 'bucket'): Tags {
  if (fields.TagSet === undefined) throw MalformedXml({ reason: 'a TagSet is expected' })
  const tags = readTags(fieldsIn(fields, 'TagSet'))
  if (tags.length > MOST_TAGS[of]) throw TooManyTags({ of, limit: MOST_TAGS[of] })
  return taken(tags, of)
}

export function readTags(fields: Fields): Tags {
  return eachIn(fields, 'Tag').map((tag) => {
    const [key, value] = [textIn(tag, 'Key'), textIn(tag, 'Value')]
    if (key === undefined || value === undefined) throw MalformedXml({ reason: 'each Tag has a Key and a Value' })
    return [key, value]
  })
}

export function printTags(tags: Tags): XmlFields {
  return { Tag: tags.map(([Key, Value]) => ({ Key, Value })) }
}

/** Of the header of a write. */
export function taggedBy(headers: ReadonlyMap<string, string>): Tagged {
  const header = headers.get('x-amz-tagging') ?? ''
  const tags = taken(parsed(header), 'object')
  return tags.length === 0 ? {} : { tags }
}

function parsed(header: string): Tags {
  try {
    const tags = parseTags(header)
    if (new Set(tags.map(([key]) => key)).size === tags.length) return tags
  } catch (error) {
    if (!(error instanceof TagError)) throw error
  }
  throw InvalidTagHeader()
}

function taken(tags: Tags, of: 'object' | 'bucket'): Tags {
  try {
    return assertTags(tags, of)
  } catch (error) {
    throw error instanceof TagError ? InvalidTag({ reason: error.message }, error) : error
  }
}
