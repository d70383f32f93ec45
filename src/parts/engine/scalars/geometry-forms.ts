// Geometries in the forms in which they are written, and Bing's tiles.

import {
  BIGINT,
  BLOB,
  blobValue,
  DOUBLE,
  type DuckDBBlobValue,
  type DuckDBListValue,
  INTEGER,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api'
import * as bing from '#parts/engine/geometry/bing'
import { readGeoJson, readPolyline, writeGeoJson, writePolyline } from '#parts/engine/geometry/other-forms'
import { assertFinite, isEmpty, type Path, type Point, point, read, type Shape, shape, unserved, write } from '#parts/engine/geometry/shape'
import { readWkb, writeWkb } from '#parts/engine/geometry/wkb'
import { printWkt, readWkt, showWkt } from '#parts/engine/geometry/wkt'
import { bytesOf } from '#parts/engine/scalars/bytes'
import { measure, named, only, spherical } from '#parts/engine/scalars/geometry-define'
import { BadArgument, type Scalar } from '#parts/engine/scalars/scalar'

function line(name: string, points: DuckDBListValue): Shape {
  const path = (points.items as (string | null)[]).map((text): Point => {
    if (text === null) throw unserved(`${name} of an array with a null`)
    const given = read(text)
    if (given.kind !== 'POINT' || isEmpty(given)) throw new BadArgument(`${name} takes only an array of valid points`)
    return (given.paths[0] as Path)[0] as Point
  })
  const isTwice = path.some(([x, y], i) => i > 0 && path[i - 1]?.[0] === x && path[i - 1]?.[1] === y)
  if (name === 'ST_LineString' && isTwice) throw new BadArgument('Invalid input to ST_LineString: consecutive duplicate points')
  if (name === 'ST_LineString' && path.length === 1) throw unserved('a line of one point')
  return name === 'ST_LineString'
    ? shape('LINESTRING', path.length === 0 ? [] : [path])
    : shape(
        'MULTIPOINT',
        path.map((p) => [p]),
      )
}

function hadoopShape(bytes: DuckDBBlobValue): never {
  if (bytesOf(bytes).length <= 5) throw new BadArgument('Hadoop shape input is too short')
  throw unserved('geometry_from_hadoop_shape')
}

function kml(text: string): never {
  if (!text.trimStart().startsWith('<')) throw new BadArgument('Invalid KML')
  throw unserved('ST_GeomFromKML')
}

const tiles = (found: readonly bing.Tile[]) => listValue(found.map(bing.encode))

const TILES: readonly Scalar[] = [
  named('bing_tile', [INTEGER, INTEGER, INTEGER], BIGINT, (x: number, y: number, zoom: number) => bing.encode(bing.tileOf(x, y, zoom))),
  named('bing_tile_key', [VARCHAR], BIGINT, (key: string) => bing.encode(bing.ofQuadKey(key))),
  named('bing_tile_at', [DOUBLE, DOUBLE, INTEGER], BIGINT, (y: number, x: number, zoom: number) => bing.encode(bing.tileAt(y, x, zoom))),
  named('bing_tiles_beside', [DOUBLE, DOUBLE, INTEGER], LIST(BIGINT), (y: number, x: number, zoom: number) =>
    tiles(bing.tilesBeside(y, x, zoom)),
  ),
  named('bing_tiles_around', [DOUBLE, DOUBLE, INTEGER, DOUBLE], LIST(BIGINT), (y: number, x: number, zoom: number, radius: number) =>
    tiles(bing.tilesAround(y, x, zoom, radius)),
  ),
  named('bing_tile_quadkey', [BIGINT], VARCHAR, (tile: bigint) => bing.quadKey(bing.decode(tile))),
  named('bing_tile_polygon', [BIGINT], VARCHAR, (tile: bigint) => write(bing.polygonOf(bing.decode(tile)))),
  named('geometry_to_bing_tiles', [VARCHAR, INTEGER], LIST(BIGINT), (text: string, zoom: number) => tiles(bing.tilesOf(read(text), zoom))),
]

const FORMS: readonly Scalar[] = [
  named('st_geometryfromtext', [VARCHAR], VARCHAR, (text: string) => write(readWkt(text))),
  named('st_linefromtext', [VARCHAR], VARCHAR, (text: string) => {
    const made = readWkt(text)
    only('ST_LineFromText', made, 'LINESTRING')
    return write(made)
  }),
  named('st_polygon', [VARCHAR], VARCHAR, (text: string) => {
    const made = readWkt(text)
    only('ST_Polygon', made, 'POLYGON')
    return write(made)
  }),
  named('st_point', [DOUBLE, DOUBLE], VARCHAR, (x: number, y: number) => {
    assertFinite(x, y)
    return write(point(x, y))
  }),
  named('st_linestring', [LIST(VARCHAR)], VARCHAR, (points: DuckDBListValue) => write(line('ST_LineString', points))),
  named('st_multipoint', [LIST(VARCHAR)], VARCHAR, (points: DuckDBListValue) => {
    const made = line('ST_MultiPoint', points)
    return isEmpty(made) ? undefined : write(made)
  }),
  named('st_geomfrombinary', [BLOB], VARCHAR, (bytes: DuckDBBlobValue) => write(readWkb(bytesOf(bytes)))),
  measure('st_asbinary', BLOB, (given) => blobValue(writeWkb(given))),
  measure('st_astext', VARCHAR, printWkt),
  measure('geometry_shown', VARCHAR, showWkt),
  named('from_geojson_geometry', [VARCHAR], VARCHAR, (text: string) => write(spherical(readGeoJson(text)))),
  measure('to_geojson_geometry', VARCHAR, writeGeoJson),
  named('from_encoded_polyline', [VARCHAR], VARCHAR, (text: string) => write(readPolyline(text))),
  measure('to_encoded_polyline', VARCHAR, (given) => {
    only('to_encoded_polyline', given, 'LINESTRING', 'MULTIPOINT')
    return writePolyline(given)
  }),
  named('geometry_from_hadoop_shape', [BLOB], VARCHAR, hadoopShape),
  named('st_geomfromkml', [VARCHAR], VARCHAR, kml),
]

export const GEOMETRY_FORMS: readonly Scalar[] = [...TILES, ...FORMS]
