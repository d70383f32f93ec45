// The rules of cross-origin requests as a document.
import { InvalidRequest, MalformedXml } from '#parts/storage/errors'
import { isHeader } from '#parts/storage/request'
import { eachIn, type Fields, numberIn, textIn, textsIn } from '#parts/storage/settings/fields'
import { CORS_METHODS, type CorsRule } from '#wire/s3/cors'
import type { XmlFields } from '#wire/s3/xml'

const MOST_RULES = 100
/** Bytes of a configuration, as in S3; of what its elements say, here. */
const LARGEST = 64 * 1024

export function readCors(fields: Fields): readonly CorsRule[] {
  const rules = eachIn(fields, 'CORSRule').map(readRule)
  if (rules.length === 0 || rules.length > MOST_RULES) throw MalformedXml({ reason: `from 1 to ${MOST_RULES} rules` })
  const texts = rules.flatMap(({ id = '', origins, methods, headers, exposed }) => [id, ...origins, ...methods, ...headers, ...exposed])
  if (texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) > LARGEST)
    throw MalformedXml({ reason: `a configuration has at most ${LARGEST} bytes` })
  return rules
}

function readRule(fields: Fields): CorsRule {
  const [methods, origins] = [textsIn(fields, 'AllowedMethod'), textsIn(fields, 'AllowedOrigin')]
  if (methods.length === 0 || origins.length === 0) throw MalformedXml({ reason: 'each rule has an AllowedMethod and an AllowedOrigin' })
  const headers = textsIn(fields, 'AllowedHeader')
  const exposed = textsIn(fields, 'ExposeHeader')
  const method = methods.find((m) => !CORS_METHODS.includes(m))
  if (method !== undefined) throw InvalidRequest({ reason: `the method ${method} is not one of ${CORS_METHODS.join(', ')}` })
  const wide = [...origins, ...headers].find((text) => text.split('*').length > 2)
  if (wide !== undefined) throw InvalidRequest({ reason: `${wide} has more than one asterisk` })
  const unnamed = exposed.find((text) => !isHeader(text, ''))
  if (unnamed !== undefined) throw InvalidRequest({ reason: `${unnamed} is no name of a header` })
  if (exposed.some((text) => text.includes('*'))) throw InvalidRequest({ reason: 'an ExposeHeader takes no asterisk' })
  const [id, maxAgeSeconds] = [textIn(fields, 'ID'), numberIn(fields, 'MaxAgeSeconds', 0)]
  return {
    ...(id === undefined ? {} : { id }),
    ...{ origins, methods, headers, exposed },
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  }
}

export function printCors(rules: readonly CorsRule[]): XmlFields {
  return {
    CORSRule: rules.map(({ id, methods, origins, headers, exposed, maxAgeSeconds }) => ({
      ID: id,
      AllowedHeader: headers,
      AllowedMethod: methods,
      AllowedOrigin: origins,
      ExposeHeader: exposed,
      MaxAgeSeconds: maxAgeSeconds,
    })),
  }
}
