// What the catalogue hands to the SQL front, which shares its process.
import type { Catalog } from '#parts/catalog/index'
import { slot } from '#runtime/composition'

export const LAKE = slot<Catalog['lake']>('the lake')
