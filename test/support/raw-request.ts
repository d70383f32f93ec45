// One HTTP request with headers that fetch does not let a program set: Host, Origin, Sec-Fetch-Site.
import http from 'node:http'

export function rawRequest(
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const req = http.request(url, { method, headers, agent: false }, async (res) => {
      let text = ''
      for await (const chunk of res) text += chunk
      resolve({ status: res.statusCode ?? 0, text })
    })
    req.on('error', reject)
    req.end(body)
  })
}
