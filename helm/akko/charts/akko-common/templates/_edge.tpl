{{/* What belongs to no service: forward-auth of Traefik, Traefik's own dashboard, the certificate. */}}
{{- define "akko-common.edge" -}}
{{- $g := .root.Values.global }}
{{- if index .root.Values.tags "aden-standalone" }}
{{- fail "tags.aden-standalone=true: ADEN (questions to SQL) is not part of AKKO yet, so this profile would hold nothing; leave the tag off and use tags.full" }}
{{- end }}
{{- $meta := printf "app.kubernetes.io/instance: %s\napp.kubernetes.io/part-of: akko\napp.kubernetes.io/managed-by: %s" .root.Release.Name .root.Release.Service }}
{{- if $g.gateway.enabled }}
{{- include "akko-common.prerequisite" (dict "root" .root "api" "gateway.networking.k8s.io/v1" "what" "the Gateway API" "key" "global.gateway.enabled" "instead" "set global.gateway.enabled=false (Ingress)") }}
{{- else if and $g.ingress.enabled (eq $g.ingress.className "traefik") }}
{{- include "akko-common.prerequisite" (dict "root" .root "api" "traefik.io/v1alpha1" "what" "Traefik" "key" "global.ingress.className=traefik" "instead" "set global.ingress.className to the controller that is there, or global.ingress.enabled=false") }}
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
{{- include "akko-common.prerequisite" (dict "root" .root "api" "cert-manager.io/v1" "what" "cert-manager" "key" "global.tls.mode=certManager" "instead" "set global.tls.mode to selfSigned or secret") }}
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
