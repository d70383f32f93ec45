// Replies and errors on the wire: headers that every answer carries, files streamed, errors as S3's XML.
import { closeSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { type AkkoError, toAkkoError } from '#kit/errors'
import { inSpan } from '#kit/telemetry'
import { requestId } from '#kit/trace'
import { InsufficientStorage, isDiskFull, s3Code } from '#parts/storage/errors'
import type { Reply } from '#parts/storage/request'
import { streamOf } from '#parts/storage/sealing/files'
import { lengthOf } from '#wire/s3/conditions'
import { IAM_NAMESPACE, printXml, STS_NAMESPACE } from '#wire/s3/xml'

const NAMESPACES = { iam: IAM_NAMESPACE, sts: STS_NAMESPACE }

export async function sendReply(res: ServerResponse, reply: Reply): Promise<void> {
  const { body, file } = reply
  const headers: Record<string, string | number> = { 'x-amz-request-id': requestId(), ...reply.headers }
  if (body !== undefined) headers['content-length'] ??= Buffer.byteLength(body)
  else if (!file && reply.status !== 204 && reply.status !== 304) headers['content-length'] ??= 0
  if (!file) {
    res.writeHead(reply.status, headers)
    res.end(body)
    return
  }
  if (res.destroyed) {
    closeSync(file.open.fd)
    return
  }
  try {
    res.writeHead(reply.status, headers)
  } catch (error) {
    closeSync(file.open.fd)
    throw error
  }
  await inSpan('storage.read', { 'storage.bytes': lengthOf(file.slice) }, () => pipeline(streamOf(file.open, file.slice), res))
}

/** Any thrown value as one of ours; a full disk is told as what it is. */
export function toStorageError(error: unknown): AkkoError {
  return isDiskFull(error) ? InsufficientStorage({}, error) : toAkkoError(error)
}

/** Of an answer to HEAD. */
export function withoutBody({ status, headers = {} }: Reply): Reply {
  const { 'content-type': _, ...others } = headers
  return { status, headers: others }
}

export function errorReply(error: AkkoError, about: { readonly resource: string; readonly dialect: 's3' | 'iam' | 'sts' }): Reply {
  const code = s3Code(error.code)
  const message = error.hint ? `${error.message}; ${error.hint}` : error.message
  const headers = { 'content-type': 'application/xml', ...markerHeaders(error) }
  if (about.dialect !== 's3') {
    const fault = { Type: error.status >= 500 ? 'Receiver' : 'Sender', Code: code, Message: message }
    return {
      status: error.status,
      headers,
      body: printXml('ErrorResponse', { Error: fault, RequestId: requestId() }, NAMESPACES[about.dialect]),
    }
  }
  const fields = { Code: code, Message: message, Resource: about.resource, ...details(error, code), RequestId: requestId() }
  return { status: error.status, headers, body: printXml('Error', fields) }
}

/** Of an error that is because of a delete marker: its version and, where it was asked for by that, since when it is there. */
function markerHeaders({ status, values: { marker, since } }: AkkoError): Record<string, string> {
  if (marker === undefined) return {}
  return {
    'x-amz-delete-marker': 'true',
    'x-amz-version-id': String(marker),
    ...(status === 405 ? { allow: 'DELETE', 'last-modified': new Date(Number(since)).toUTCString() } : {}),
  }
}

/** What S3 says beside the message. */
function details({ values }: AkkoError, code: string): Readonly<Record<string, string | number>> {
  if (code === 'InvalidRange') return { ActualObjectSize: values.size as number }
  if (values.expected !== undefined && values.region !== undefined) return { Region: String(values.expected) }
  return code === 'NotImplemented' && values.place === 'header' ? { Header: String(values.name) } : {}
}
