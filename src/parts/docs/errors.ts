// What can go wrong with a published report.
import { defineError } from '#kit/errors'

export const NoSuchReport = defineError('docs.no_such_report', 404, 'there is no report {slug} that you may read', {
  hint: 'GET /api/reports lists yours; its author can name you among its readers',
})
export const NoSuchVersion = defineError('docs.no_such_version', 404, 'the report {slug} has no version {version}', {
  hint: 'GET /api/reports/{slug} lists its versions; `latest` is the newest',
})
export const NoSuchFile = defineError('docs.no_such_file', 404, 'the report holds no file {path}')
export const BadSlug = defineError('docs.bad_slug', 400, '{slug} cannot be the name of a report', {
  hint: 'use up to 64 lower-case letters, digits and single hyphens between them',
})
export const BadReaders = defineError('docs.bad_readers', 400, '{reader} names no reader', {
  hint: 'write user:NAME or role:NAME',
})
export const UnknownForm = defineError('docs.unknown_form', 415, 'a report cannot be made of {type}', {
  hint: 'send one page as text/html, or a folder with an index.html as application/x-tar: tar c -C FOLDER . | curl -T - -H "content-type: application/x-tar" ...',
})
export const BadArchive = defineError('docs.bad_archive', 400, 'the archive cannot be published: {reason}', {
  hint: 'pack plain files with relative paths, index.html at the top: tar c -C FOLDER .',
})
export const TooLarge = defineError('docs.too_large', 413, 'the report is larger than {limit}', {
  hint: 'docs.maxMegabytes in the configuration is the limit',
})
export const LinkExpired = defineError('docs.link_expired', 403, 'this address of a report has ended', {
  hint: 'open the report again from its page',
})
export const BadTitle = defineError('docs.bad_title', 400, 'a title has 1 to {most} characters of Unicode, without NUL', {
  hint: 'shorten it, or send it as UTF-8',
})
export const Busy = defineError('docs.busy', 503, 'other reports are being published right now', {
  blame: 'operator',
  retryable: true,
  hint: 'send it again in a moment',
})
export const BadBody = defineError('docs.bad_body', 400, 'the body cannot be read: {reason}', {
  hint: 'send JSON with title, readers or both',
})
export const SlugTaken = defineError('docs.slug_taken', 409, 'the name {slug} is taken by a report that you may not read', {
  hint: 'choose another name',
})
export const NameTaken = defineError('docs.name_taken', 409, 'somebody else has just published a report {slug}', {
  retryable: true,
  hint: 'send it again: it becomes the next version if you may write that report',
})
