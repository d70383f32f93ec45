// Builds the cockpit into `cockpit/dist`: no inline script or style, hashed names, every page its own chunk.
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** While developing: `AKKO_COCKPIT_API=http://localhost:PORT node node_modules/vite/bin/vite.js cockpit`; the fixture of test/cockpit can be that server. */
const api = process.env.AKKO_COCKPIT_API

export default defineConfig({
  ...(api ? { server: { proxy: { '/api': { target: api, ws: true }, '/v1': api, '/auth': api } } } : {}),
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '~': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // The first versions with light-dark(), on which the themes stand.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
})
