// Geometries beside each other, their parts and measures, the forms in which they are written, and Bing's tiles.

const SHAPES = [
  'POINT (1 2)',
  'POINT (0 0)',
  'POINT (0.5 0.7)',
  'MULTIPOINT (5 5, 0.25 0.5)',
  'LINESTRING (0 0, 1 1)',
  'LINESTRING (-1 0.5, 3 0.5)',
  'LINESTRING (0 0.25, 0 0.75)',
  'LINESTRING (0 0, 0 1, 1 1, 0 0)',
  'POLYGON ((0 0, 0 1, 1 1, 0 0))',
  'POLYGON ((0 0, 0 1, 1 1, 1 0, 0 0))',
  'POLYGON ((1 0, 1 1, 2 1, 2 0, 1 0))',
  'POLYGON ((0 0, 0 10, 10 10, 10 0, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))',
  'POLYGON ((0.5 -1, 0.5 3, 3 3, 3 -1, 0.5 -1))',
]
const OTHERS = [
  'POINT EMPTY',
  'LINESTRING EMPTY',
  'POLYGON EMPTY',
  'MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))',
  'MULTIPOLYGON (((0 0, 0 1, 1 1, 0 0)), ((20 20, 20 30, 30 30, 20 20)))',
  'GEOMETRYCOLLECTION (POINT (1 2), POLYGON ((0 0, 0 1, 1 1, 0 0)))',
]
const TEXTS = [
  'point(1 2)',
  ' POINT ( 1.50 -2e3 ) ',
  'POINT (1 2) x',
  'POINT (1 2 3)',
  'POINT (1)',
  'POINT (-0 1e-7)',
  'POINT (1e20 123456789.123)',
  'POINT (.5 5.)',
  'MULTIPOINT ((1 2), (3 4))',
  'LINESTRING (0 0)',
  'POLYGON ((0 0, 1 1, 0 1))',
  'POLYGON ((0 0, 1 0, 1 1, 0 0), EMPTY)',
  'GEOMETRYCOLLECTION (POINT (1 2), GEOMETRYCOLLECTION EMPTY)',
  'CIRCLE (1 2)',
  'POINT',
  'POINT (1 2',
]
const MEASURES =
  `area centroid dimension envelope geometrytype isempty issimple isvalid numgeometries numpoints points xmin xmax ymin ymax`.split(' ')
const OF_LINES = ['ST_IsClosed', 'ST_IsRing', 'ST_Length', 'ST_StartPoint', 'ST_EndPoint', 'to_encoded_polyline']
const OF_POLYGONS = ['ST_ExteriorRing', 'ST_InteriorRings', 'ST_NumInteriorRing']
const PREDICATES = 'Contains Crosses Disjoint Equals Intersects Overlaps Touches Within Distance'.split(' ')
const PLACES: readonly (readonly [latitude: number, longitude: number, zoom: number, radius: number])[] = [
  [0, 0, 1, 10],
  [48.8566, 2.3522, 12, 3],
  [-33.86, 151.2, 8, 120],
  [85, -179.9, 5, 500],
  [-85.05, 179.99, 3, 999],
  [12.5, -0.0001, 10, 0],
  [60, 30, 23, 0.01],
  [86, 0, 3, 1],
  [0, 181, 3, 1],
  [1, 1, 24, 1],
]

const g = (wkt: string): string => `ST_GeometryFromText('${wkt}')`
const calls = (names: readonly string[], args: string): string => names.map((name) => `${name}(${args})`).join(', ')

export function geometryStatements(): string[] {
  return [
    ...SHAPES.flatMap((a) =>
      SHAPES.map(
        (b) =>
          `SELECT ${calls(
            PREDICATES.map((name) => `ST_${name}`),
            `${g(a)}, ${g(b)}`,
          )}`,
      ),
    ),
    ...[...SHAPES, ...OTHERS].flatMap((a) => [
      ...MEASURES.map((name) => `SELECT st_${name}(${g(a)})`),
      `SELECT ST_AsText(${g(a)}), ST_Boundary(${g(a)})`,
      `SELECT ST_GeomFromBinary(ST_AsBinary(${g(a)}))`,
      `SELECT ST_Geometries(${g(a)}), ST_GeometryN(${g(a)}, 1), ST_GeometryN(${g(a)}, 2), ST_EnvelopeAsPts(${g(a)})`,
      `SELECT to_geojson_geometry(to_spherical_geography(${g(a)}))`,
    ]),
    ...[4, 5, 7, 8, 11].flatMap((i) => [...OF_LINES, ...OF_POLYGONS].map((name) => `SELECT ${name}(${g(SHAPES[i] as string)})`)),
    ...[0.3, 0.5, 1, -1].flatMap((share) => [
      `SELECT line_interpolate_point(${g(SHAPES[7] as string)}, ${share}e0)`,
      `SELECT line_interpolate_points(${g(SHAPES[7] as string)}, ${share}e0)`,
    ]),
    ...SHAPES.map((a) => `SELECT line_locate_point(${g(a)}, ST_Point(0.3, 0.6)), geometry_nearest_points(ST_Point(0.3, 3), ${g(a)})`),
    ...TEXTS.map((text) => `SELECT ${g(text)}`),
    ...PLACES.flatMap(([y, x, zoom, radius]) => [
      `SELECT bing_tile_at(${y}e0, ${x}e0, ${zoom}), bing_tile_quadkey(bing_tile_at(${y}e0, ${x}e0, ${zoom}))`,
      `SELECT bing_tile_polygon(bing_tile_at(${y}e0, ${x}e0, ${zoom})), bing_tile_coordinates(bing_tile_at(${y}e0, ${x}e0, ${zoom}))`,
      `SELECT bing_tiles_around(${y}e0, ${x}e0, ${zoom}, ${radius}e0)`,
    ]),
    ...SHAPES.slice(3).map((a) => `SELECT geometry_to_bing_tiles(${g(a)}, 7)`),
    "SELECT bing_tile('0213'), bing_tile_zoom_level(bing_tile('0213')), bing_tile('0213') = bing_tile(3, 5, 4)",
    "SELECT bing_tile('4')",
    'SELECT bing_tile(0, 3, 3) < bing_tile(0, 3, 4)',
    'SELECT ST_LineString(ARRAY[ST_Point(1, 2), ST_Point(3, 4)]), ST_MultiPoint(ARRAY[ST_Point(1, 2), ST_Point(1, 2)])',
    'SELECT ST_LineString(ARRAY[ST_Point(1, 2), ST_Point(1, 2)])',
    `SELECT from_geojson_geometry('{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}')`,
    "SELECT from_encoded_polyline('_p~iF~ps|U_ulLnnqC_mqNvxq`@')",
    "SELECT ST_Relate(ST_Point(1, 2), ST_Point(1, 2), '0FFFFFFF2')",
    'SELECT ST_Point(1, 2) = ST_Point(1, 2), ST_Point(1, 2) IN (ST_Point(1, 3)), ST_Point(1, 2) IS DISTINCT FROM NULL',
    'SELECT ST_Point(1, 2) < ST_Point(1, 2)',
    'SELECT CAST(ST_Point(1, 2) AS varchar)',
    'SELECT MAP(ARRAY[ST_Point(1, 2)], ARRAY[1]), MAP(ARRAY[bing_tile(0, 3, 3)], ARRAY[1]), ROW(ST_Point(1, 2), bing_tile(0, 3, 3))',
    'SELECT count(DISTINCT p), count(*) FROM (VALUES ST_Point(1, 2), ST_Point(1, 2)) t(p) GROUP BY p',
    'SELECT ST_Point(1, 2) ORDER BY 1',
    'SELECT ST_Distance(to_spherical_geography(ST_Point(2.35, 48.86)), to_spherical_geography(ST_Point(-0.13, 51.51)))',
    'SELECT to_spherical_geography(ST_Point(0, 91))',
    'SELECT to_geometry(to_spherical_geography(ST_Point(0, 9))), ST_Y(ST_Point(1, 2)), ST_InteriorRingN(ST_Point(1, 2), 1)',
    "SELECT typeof(ST_Point(1, 2)), typeof(bing_tile('0')), typeof(color('red')), typeof(CAST(NULL AS qdigest(bigint))), typeof(CAST(NULL AS SetDigest))",
    'SELECT convex_hull_agg(x) FROM (VALUES ST_Point(1, 2), ST_Point(1, 2), NULL) t(x)',
    ...[0.3, 0.5, 0.999, 1e-10].map((p) => `SELECT inverse_normal_cdf(2.5e0, 1.5e0, ${p}e0)`.replace('e-10e0', 'e-10')),
    'SELECT beta_cdf(2.5e0, 1.5e0, 0), beta_cdf(2.5e0, 1.5e0, 1), inverse_beta_cdf(1, 2, 1)',
    ...[999, 1000, -1234, 12345, 99949, 99950, 105500, -10550, 999999, 123456, 1015, 9223372036854775807n].map(
      (n) => `SELECT format_number(${n})`,
    ),
    "SELECT color('red'), color('#abc'), color('RED'), rgb(1, 2, 3), color('red') = color('red'), MAP(ARRAY[color('red')], ARRAY[color('#fff')])",
    "SELECT render('x', rgb(255, 128, 0)), render(1.5e0, color('cyan')), render(CAST(NULL AS boolean)), typeof(render('abc', color('red')))",
    'SELECT bar(0, 5), bar(-1, 3)',
    "SELECT color('nope')",
    "SELECT color('red') < color('blue')",
  ]
}
