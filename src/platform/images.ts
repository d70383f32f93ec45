// Images that belong to no service: the one that ensures, waits and writes missing secrets.
import type { Image } from '#platform/service'

/** The tag of all images built here. */
export const OWN_TAG = '2026.11'

/** What akko-postgres holds: CloudNativePG would otherwise take it from the tag. */
export const POSTGRES_MAJOR = 17

export const INIT_IMAGE: Image = { repository: 'akko-init', tag: OWN_TAG, own: true }
