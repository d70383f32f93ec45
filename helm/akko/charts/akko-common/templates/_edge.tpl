{{/* What belongs to no service: forward-auth of Traefik, Traefik's own dashboard, the certificate. */}}
{{- define "akko-common.edge" -}}
{{- $g := .root.Values.global }}
{{- $meta := printf "app.kubernetes.io/instance: %s\napp.kubernetes.io/part-of: akko\napp.kubernetes.io/managed-by: %s" .root.Release.Name .root.Release.Service }}
{{- if and $g.ingress.enabled (eq $g.ingress.className "traefik") (not $g.gateway.enabled) }}
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: akko-forward-auth
  labels: {{- $meta | nindent 4 }}
spec:
  forwardAuth:
    address: {{ .forwardAuth | quote }}
    trustForwardHeader: false
    authResponseHeaders: [X-Auth-Request-User, X-Auth-Request-Email, X-Auth-Request-Access-Token]
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata:
  name: akko-traefik
  labels: {{- $meta | nindent 4 }}
spec:
  entryPoints: [websecure]
  routes:
    - kind: Rule
      match: Host(`traefik.{{ $g.domain }}`)
      middlewares:
        - name: akko-forward-auth
      services:
        - { kind: TraefikService, name: api@internal }
  tls: { secretName: {{ $g.tls.secretName }} }
{{- end }}
{{- if eq $g.tls.mode "certManager" }}
{{- if and $g.checkPrerequisites (not (.root.Capabilities.APIVersions.Has "cert-manager.io/v1")) }}
{{- fail "global.tls.mode=certManager needs cert-manager (API cert-manager.io/v1), which this cluster does not have: install it, or set global.tls.mode to selfSigned or secret" }}
{{- end }}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: akko
  labels: {{- $meta | nindent 4 }}
spec:
  secretName: {{ $g.tls.secretName }}
  dnsNames: [{{ $g.domain | quote }}, {{ printf "*.%s" $g.domain | quote }}]
  privateKey: { algorithm: ECDSA, size: 256, rotationPolicy: Always }
  issuerRef:
    name: {{ required "global.tls.issuer.name is missing: with global.tls.mode=certManager it names the issuer" $g.tls.issuer.name }}
    kind: {{ $g.tls.issuer.kind }}
{{- end }}
{{- end }}
