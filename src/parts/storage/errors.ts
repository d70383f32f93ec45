// What can go wrong in the store, by S3's own names: the part of the code behind the dot is the Code of the answer.
import { AuditUnavailable } from '#kit/audit'
import { AccessDenied as Denied, defineError, NotAuthenticated } from '#kit/errors'
import { SeveralHosts } from '#kit/forwarded'

const s3 = (code: string, status: number, message: string, options: Parameters<typeof defineError>[3] = {}) =>
  defineError(`storage.${code}`, status, message, options)

export const Anonymous = s3('AccessDenied', 403, 'anonymous access is refused: sign the request with an access key')
/** Of one among many. */
export const NotAllowed = s3('AccessDenied', 403, '{reason}')
export const HeadersNotSigned = s3('AccessDenied', 403, 'the header {header} was sent but not signed')
export const BucketByAdministrator = s3('AccessDenied', 403, 'access denied: {user} may not create bucket {bucket}', {
  hint: 'no person’s access key makes buckets: an administrator does, by `akko storage bucket create {bucket}`',
})
export const RequestExpired = s3('AccessDenied', 403, 'the presigned URL expired at {at}')
export const InvalidAccessKeyId = s3('InvalidAccessKeyId', 403, 'the access key {key} does not exist here')
export const OwnerUnheard = s3(
  'ServiceUnavailable',
  503,
  'it cannot be known now what the owner of this key may do: single sign-on does not answer',
  {
    retryable: true,
    blame: 'operator',
  },
)
export const SignatureDoesNotMatch = s3('SignatureDoesNotMatch', 403, 'the signature does not match: check the secret key and the method')
export const RequestTimeTooSkewed = s3(
  'RequestTimeTooSkewed',
  403,
  'the time of the request, {time}, is more than 15 minutes off: check the clock',
)
export const AuthorizationMalformed = s3('AuthorizationHeaderMalformed', 400, 'the authorization is malformed: {reason}')
export const AuthorizationQuery = s3('AuthorizationQueryParametersError', 400, '{reason}')
export const WrongRegion = s3('AuthorizationHeaderMalformed', 400, "the region '{region}' is wrong; expecting '{expected}'")
export const WrongRegionQuery = s3('AuthorizationQueryParametersError', 400, "the region '{region}' is wrong; expecting '{expected}'")
export const InvalidToken = s3('InvalidToken', 400, 'the session token is not valid for this access key')
export const ExpiredToken = s3('ExpiredToken', 400, 'the session token expired at {at}')
/** Clients ask for new ones. */
export const LentToOther = s3(
  'ExpiredToken',
  400,
  'the session token was lent to {user} for what has changed since: the account or its roles',
)

export const NoSuchBucket = s3('NoSuchBucket', 404, 'bucket {bucket} does not exist')
/** Of a setting that buckets do not have here, by S3's code for one where it was never made. */
export const neverSet = (code: string) => s3(code, 404, 'bucket {bucket} has no such setting')
export const NoSuchKey = s3('NoSuchKey', 404, 'the key does not exist')
export const NoSuchVersion = s3('NoSuchVersion', 404, 'the key has no version {version}')
export const InvalidVersion = s3('InvalidArgument', 400, 'there is no version of the name {version}')
/** `marker`: its version, here and in `MarkerNotRead`. */
export const KeyDeleted = s3('NoSuchKey', 404, 'the key is deleted')
export const MarkerNotRead = s3('MethodNotAllowed', 405, 'the version {marker} is a delete marker: it can only be deleted')
export const MarkerNotCopied = s3('InvalidRequest', 400, 'the source of a copy cannot be a delete marker')
export const VersioningStatus = s3('IllegalVersioningConfigurationException', 400, 'the Status of versioning must be Enabled or Suspended')
export const NoSuchUpload = s3('NoSuchUpload', 404, 'upload {upload} does not exist: it may have been completed or aborted')
export const BucketAlreadyOwnedByYou = s3('BucketAlreadyOwnedByYou', 409, 'bucket {bucket} exists already')
export const BucketNotEmpty = s3(
  'BucketNotEmpty',
  409,
  'bucket {bucket} is not empty: first remove what lies in it, old versions too (`akko storage rm s3://{bucket}/ --recursive`)',
)
export const InvalidBucketName = s3(
  'InvalidBucketName',
  400,
  'bucket name {bucket}: use 3 to 63 lower-case letters, digits, dots and hyphens, and none of the beginnings and ends that S3 keeps for itself',
)
export const InvalidLocation = s3('InvalidLocationConstraint', 400, 'buckets lie in the region {ours} here, not in {region}')
export const MetadataTooLarge = s3('MetadataTooLarge', 400, 'the user metadata has {size} bytes, at most {limit} are kept')
export const KeyTooLong = s3('KeyTooLongError', 400, 'a key has at most 1024 bytes')
export const PreconditionFailed = s3('PreconditionFailed', 412, 'the condition of {condition} does not hold')
export const InvalidRange = s3('InvalidRange', 416, 'the range lies behind the end of the object ({size} bytes)')
export const InvalidPart = s3('InvalidPart', 400, 'part {part} was not uploaded, or its entity tag differs')
export const InvalidPartNumber = s3('InvalidPartNumber', 416, 'the object has no part {part}, it has {parts}')
export const InvalidPartOrder = s3('InvalidPartOrder', 400, 'parts must be listed in ascending order')
export const EntityTooSmall = s3('EntityTooSmall', 400, 'part {part} has {size} bytes; all but the last need 5 MiB')
export const EntityTooLarge = s3('EntityTooLarge', 400, 'the body is larger than {limit} bytes')
export const MissingContentLength = s3('MissingContentLength', 411, 'the request needs a Content-Length')
export const IncompleteBody = s3('IncompleteBody', 400, 'the body has {got} bytes, {declared} were declared')
export const BadDigest = s3('BadDigest', 400, 'the {digest} of the body is not the one sent with it')
export const InvalidDigest = s3('InvalidDigest', 400, 'the {digest} sent is not valid')
export const ContentSha256Mismatch = s3('XAmzContentSHA256Mismatch', 400, 'the SHA-256 of the body is not the one that was signed')
export const InvalidArgument = s3('InvalidArgument', 400, '{reason}')
export const InvalidRequest = s3('InvalidRequest', 400, '{reason}')
export const InvalidUri = s3('InvalidURI', 400, 'the path is not valid percent-encoded UTF-8')
export const MalformedXml = s3('MalformedXML', 400, 'the document is not what was expected: {reason}')
export const NoSuchBucketPolicy = neverSet('NoSuchBucketPolicy')
export const MalformedPolicy = s3('MalformedPolicy', 400, '{reason}')
export const PublicPolicyBlocked = s3('AccessDenied', 403, 'public policies are blocked for every bucket by the account')
export const LocksOut = s3(
  'AccessDenied',
  403,
  'the policy would take from you the right to change it: confirm that by x-amz-confirm-remove-self-bucket-access',
)
export const Locked = s3('AccessDenied', 403, 'the version is protected by object lock')
export const NoObjectLock = s3('InvalidRequest', 400, 'the bucket has no object lock configuration')
export const NotLocked = s3('NoSuchObjectLockConfiguration', 404, 'the version has no such lock')
export const InvalidBucketState = s3('InvalidBucketState', 409, '{reason}')
export const InvalidTag = s3('InvalidTag', 400, '{reason}')
export const InvalidTagHeader = s3(
  'InvalidArgument',
  400,
  'x-amz-tagging must be percent-encoded parameters of a query, each with a name of its own',
)
export const TooManyTags = s3('BadRequest', 400, 'a {of} has at most {limit} tags')
export const CorsForbidden = s3('AccessForbidden', 403, 'no rule of the bucket allows this cross-origin request')
export const CorsIncomplete = s3('BadRequest', 400, 'the preflight has no Origin')
export const MethodNotAllowed = s3('MethodNotAllowed', 405, '{method} is not allowed here')
export const NotImplemented = s3('NotImplemented', 501, '{what} is not implemented', { blame: 'caller' })
/** In a request that is otherwise served. */
export const NotDone = s3('NotImplemented', 501, 'the {place} {name}{value} asks for something that is not implemented', {
  blame: 'caller',
})
export const ExpectedOwner = s3('AccessDenied', 403, 'the bucket is not owned by the account {expected}')
export const InvalidOwnerId = s3('InvalidBucketOwnerAWSAccountID', 400, 'the expected bucket owner must be an account of 12 digits')
export const InsufficientStorage = s3('InsufficientStorage', 507, 'the disk of the store is full; nothing was written', {
  blame: 'operator',
  hint: 'free space on the file system of the objects folder, then try again',
})

export const Corrupted = s3('InternalError', 500, 'the bytes that are stored are not those that were written: they are not given out', {
  blame: 'operator',
  hint: 'look for the disk that changed them, and restore the object from a backup',
})
export const SealingKeyLost = s3('InternalError', 500, 'the key {key} of the store, which sealed what is asked for, is not there', {
  blame: 'operator',
  hint: 'put the secret of the store’s keys back from a backup',
})
/** `what`: the object, or the write that would make it. */
export const SealedNotLeased = s3(
  'NotImplemented',
  501,
  '{what}: encrypted objects are not for the SQL engine, which reads files as they lie',
  {
    blame: 'caller',
  },
)
export const OperationAborted = s3('OperationAborted', 409, 'the object changed while it was read: try again', { retryable: true })

export const NoSuchEntity = s3('NoSuchEntity', 404, '{what} does not exist')
export const EntityAlreadyExists = s3('EntityAlreadyExists', 409, 'user {user} exists already')
export const DeleteConflict = s3('DeleteConflict', 409, 'user {user} still has {what}: delete them first')
export const MalformedPolicyDocument = s3('MalformedPolicyDocument', 400, '{reason}')
export const InvalidInput = s3('ValidationError', 400, '{reason}')
export const InvalidAction = s3('InvalidAction', 400, 'action {action} is not known here')

/** Clients read their token anew. */
export const ExpiredIdentityToken = s3('ExpiredTokenException', 400, 'the token of the realm has expired')
export const InvalidIdentityToken = s3('InvalidIdentityToken', 400, '{reason}')
export const NotPersons = s3('AccessDenied', 403, 'only people take roles: the token is for none')
export const ProviderSilent = s3(
  'IDPCommunicationError',
  400,
  'it cannot be known now whether the token is good: single sign-on does not answer',
  {
    retryable: true,
    blame: 'operator',
  },
)
export const PackedPolicyTooLarge = s3('PackedPolicyTooLarge', 400, 'the policy of a session has at most {limit} characters')

export const OutsideSpool = s3('OutsideSpool', 400, '{path} does not lie in the folder of the query')
export const InvalidUriOfObject = s3('InvalidObjectUri', 400, '{uri} is not the address of an object (s3://bucket/key)')
export const NoSuchSpool = s3('NoSuchSpool', 404, 'query {query} has no folder: open it first')

/** The Code of an S3 answer for the code of an error. */
export function s3Code(code: string): string {
  if (code.startsWith('storage.')) return code.slice('storage.'.length)
  if (code === Denied.spec.code || code === NotAuthenticated.spec.code || code === 'access.authoriser_silent') return 'AccessDenied'
  if (code === SeveralHosts.spec.code) return 'InvalidRequest'
  if (code === AuditUnavailable.spec.code) return 'ServiceUnavailable'
  return 'InternalError'
}

/** Whether the cause of an error, at any depth, is a full disk or an exhausted quota. */
export function isDiskFull(error: unknown): boolean {
  for (let e = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++) {
    const code = (e as NodeJS.ErrnoException).code
    if (code === 'ENOSPC' || code === 'EDQUOT' || /no space left|disk quota/i.test(e.message) || (code as unknown) === 28) return true
  }
  return false
}
