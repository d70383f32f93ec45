// The cities of the demo, with their real positions (WGS 84 degrees).

export interface City {
  readonly name: string
  readonly country: string
  readonly latitude: number
  readonly longitude: number
}

export const cities: readonly City[] = [
  { name: 'Paris', country: 'FR', latitude: 48.8566, longitude: 2.3522 },
  { name: 'Lyon', country: 'FR', latitude: 45.764, longitude: 4.8357 },
  { name: 'Marseille', country: 'FR', latitude: 43.2965, longitude: 5.3698 },
  { name: 'Lille', country: 'FR', latitude: 50.6292, longitude: 3.0573 },
  { name: 'Bordeaux', country: 'FR', latitude: 44.8378, longitude: -0.5792 },
  { name: 'Brussels', country: 'BE', latitude: 50.8503, longitude: 4.3517 },
  { name: 'Berlin', country: 'DE', latitude: 52.52, longitude: 13.405 },
  { name: 'Munich', country: 'DE', latitude: 48.1351, longitude: 11.582 },
  { name: 'Madrid', country: 'ES', latitude: 40.4168, longitude: -3.7038 },
  { name: 'Barcelona', country: 'ES', latitude: 41.3874, longitude: 2.1686 },
  { name: 'Rome', country: 'IT', latitude: 41.9028, longitude: 12.4964 },
  { name: 'Milan', country: 'IT', latitude: 45.4642, longitude: 9.19 },
  { name: 'Lisbon', country: 'PT', latitude: 38.7223, longitude: -9.1393 },
  { name: 'Vienna', country: 'AT', latitude: 48.2082, longitude: 16.3738 },
  { name: 'Warsaw', country: 'PL', latitude: 52.2297, longitude: 21.0122 },
]

/** Where stolen cards are used in the demo: far from every city above. */
export const farCities: readonly City[] = [
  { name: 'Bangkok', country: 'TH', latitude: 13.7563, longitude: 100.5018 },
  { name: 'Miami', country: 'US', latitude: 25.7617, longitude: -80.1918 },
  { name: 'Johannesburg', country: 'ZA', latitude: -26.2041, longitude: 28.0473 },
  { name: 'Dubai', country: 'AE', latitude: 25.2048, longitude: 55.2708 },
]
