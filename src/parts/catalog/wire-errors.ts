// Our errors in the protocol's own form: Iceberg's body, which Polaris' management API shares.

import type { Answer } from '#kit/answer'
import type { AkkoError } from '#kit/errors'
import { own } from '#kit/own'
import type { IcebergErrorBody } from '#wire/iceberg/rest'

const TYPES: Readonly<Record<string, string>> = {
  'api.no_such_path': 'NotFoundException',
  'api.method_not_allowed': 'NotAllowedException',
  'http.several_hosts': 'BadRequestException',
  'http.bad_target': 'BadRequestException',
  'request.unstorable_text': 'BadRequestException',
  'access.not_authenticated': 'NotAuthorizedException',
  'access.denied': 'ForbiddenException',
  'access.owner_no_person': 'ForbiddenException',
  'access.identity_silent': 'ServiceUnavailableException',
  'audit.unavailable': 'ServiceUnavailableException',
  'access.not_local': 'ForbiddenException',
  'access.authoriser_silent': 'ForbiddenException',
  'catalog.files_restricted': 'ForbiddenException',
  'catalog.partly_hidden': 'ForbiddenException',
  'catalog.states_hidden': 'ForbiddenException',
  'catalog.namespace_not_found': 'NoSuchNamespaceException',
  'catalog.namespace_exists': 'AlreadyExistsException',
  'catalog.namespace_not_empty': 'NamespaceNotEmptyException',
  'catalog.table_not_found': 'NoSuchTableException',
  'catalog.table_not_dropped': 'NoSuchTableException',
  'catalog.view_not_found': 'NoSuchViewException',
  'catalog.table_exists': 'AlreadyExistsException',
  'catalog.view_exists': 'AlreadyExistsException',
  'catalog.view_owner_refused': 'ForbiddenException',
  'catalog.commit_conflict': 'CommitFailedException',
  'catalog.bad_request': 'BadRequestException',
  'catalog.repeated': 'ServiceUnavailableException',
  'catalog.key_reused': 'UnprocessableEntityException',
  'catalog.bad_view': 'IllegalArgumentException',
  'catalog.iceberg_invalid_metadata': 'UnprocessableEntityException',
  'catalog.iceberg_bad_data': 'UnprocessableEntityException',
  'catalog.no_such_file': 'BadRequestException',
  'catalog.file_too_large': 'BadRequestException',
  'catalog.file_not_readable': 'BadRequestException',
  'catalog.not_served': 'UnsupportedOperationException',
  'catalog.files_unavailable': 'ServiceUnavailableException',
  'catalog.catalog_not_found': 'NotFoundException',
  'catalog.entity_not_found': 'NotFoundException',
  'catalog.entity_exists': 'AlreadyExistsException',
  'catalog.catalog_not_empty': 'BadRequestException',
  'catalog.entity_version_conflict': 'CommitFailedException',
}
const OURS = 'InternalServerError'

/** An unknown error tells nothing but the request id's place in the log. */
export function toIcebergAnswer(error: AkkoError): Answer {
  const message = error.hint ? `${error.message} (${error.hint})` : error.message
  const body: IcebergErrorBody = { error: { message, type: own(TYPES, error.code) ?? OURS, code: error.status } }
  return { status: error.status, body, headers: error.status === 401 ? { 'www-authenticate': 'Bearer realm="akko"' } : {} }
}
