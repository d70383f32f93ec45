// The fraud report: one federated query that finds fraud by behaviour. The label is read by the evaluation only.

/** Distance in km between two positions given as SQL expressions (haversine, mean Earth radius). */
function kilometres(lat1: string, lon1: string, lat2: string, lon2: string): string {
  return `2 * 6371.0 * asin(sqrt(power(sin(radians(${lat2} - ${lat1}) / 2), 2)
      + cos(radians(${lat1})) * cos(radians(${lat2})) * power(sin(radians(${lon2} - ${lon1}) / 2), 2)))`
}

/** Transactions that behave like fraud, with the pattern. Never reads is_fraud. */
const FLAGGED = `
WITH windows AS (
  SELECT t.transaction_id, t.account_id, t.amount, t.channel, t.booked_at, t.latitude, t.longitude,
    sum(CASE WHEN t.channel = 'online' AND t.amount < DECIMAL '2.00' THEN 1 ELSE 0 END)
      OVER (PARTITION BY t.account_id ORDER BY t.booked_at RANGE BETWEEN INTERVAL '20' MINUTE PRECEDING AND INTERVAL '20' MINUTE FOLLOWING) AS tiny_near,
    max(CASE WHEN t.channel = 'online' AND t.amount >= DECIMAL '400.00' THEN 1 ELSE 0 END)
      OVER (PARTITION BY t.account_id ORDER BY t.booked_at RANGE BETWEEN CURRENT ROW AND INTERVAL '30' MINUTE FOLLOWING) AS large_soon,
    sum(CASE WHEN t.channel = 'atm' AND hour(t.booked_at) < 5 THEN 1 ELSE 0 END)
      OVER (PARTITION BY t.account_id ORDER BY t.booked_at RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND INTERVAL '1' HOUR FOLLOWING) AS night_cash
  FROM iceberg.banking.transactions t
),
present AS (
  SELECT t.transaction_id, t.booked_at, t.latitude, t.longitude,
    lag(t.booked_at) OVER (PARTITION BY t.account_id ORDER BY t.booked_at) AS previous_at,
    lag(t.latitude) OVER (PARTITION BY t.account_id ORDER BY t.booked_at) AS previous_latitude,
    lag(t.longitude) OVER (PARTITION BY t.account_id ORDER BY t.booked_at) AS previous_longitude
  FROM iceberg.banking.transactions t
  WHERE t.channel IN ('pos', 'atm')
),
homes AS (
  SELECT a.account_id, c.customer_id, c.full_name, c.segment, p.latitude, p.longitude
  FROM banking.public.customers c
  JOIN iceberg.banking.accounts a ON a.customer_id = c.customer_id
  JOIN geospatial.public.city_positions p ON p.city = c.city AND p.country = c.country
),
measured AS (
  SELECT w.transaction_id, w.account_id, w.amount, w.channel, w.booked_at, w.tiny_near, w.large_soon, w.night_cash,
    h.customer_id, h.full_name, h.segment,
    ${kilometres('h.latitude', 'h.longitude', 'w.latitude', 'w.longitude')} AS km_from_home,
    ${kilometres('p.previous_latitude', 'p.previous_longitude', 'p.latitude', 'p.longitude')} AS km_moved,
    date_diff('second', p.previous_at, p.booked_at) / 3600.0E0 AS hours_moved
  FROM windows w
  JOIN homes h ON h.account_id = w.account_id
  LEFT JOIN present p ON p.transaction_id = w.transaction_id
),
flagged AS (
  SELECT transaction_id, account_id, customer_id, full_name, segment, amount, booked_at, km_from_home,
    CASE
      WHEN channel = 'online' AND tiny_near >= 5 AND (large_soon = 1 OR amount >= DECIMAL '400.00') THEN 'card testing'
      WHEN channel = 'atm' AND night_cash >= 4 AND hour(booked_at) < 5 THEN 'cash drain'
      WHEN channel <> 'online' AND km_from_home > 2500 AND (km_moved > 900 * hours_moved OR amount >= DECIMAL '150.00') THEN 'impossible travel'
    END AS pattern
  FROM measured
)`

/** Who to call first: suspicious customers by the money at stake. */
export const REPORT = `${FLAGGED}
SELECT customer_id, full_name, segment, pattern,
  count(*) AS transactions,
  sum(amount) AS amount,
  min(booked_at) AS first_at,
  date_diff('minute', min(booked_at), max(booked_at)) AS minutes,
  CAST(round(max(km_from_home)) AS bigint) AS km_from_home
FROM flagged
WHERE pattern IS NOT NULL
GROUP BY customer_id, full_name, segment, pattern
ORDER BY amount DESC, customer_id, pattern
LIMIT 15`

/** How good the report is: its verdicts against the label. */
export const EVALUATION = `${FLAGGED}
SELECT count(*) AS transactions,
  count_if(l.is_fraud) AS fraud,
  count_if(f.pattern IS NOT NULL) AS flagged,
  count_if(f.pattern IS NOT NULL AND l.is_fraud) AS found
FROM flagged f
JOIN iceberg.banking.transactions l ON l.transaction_id = f.transaction_id`
