{{/* Who may talk to whom: what the declarations' needs say, DNS, and the doors of hosts. */}}

{{- define "akko-common.networkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .d.policyName | default .d.name }}
  labels: {{- include "akko-common.labels" . | nindent 4 }}
  {{- with .d.policyAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  podSelector:
    matchLabels: {{- include "akko-common.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- /* Nobody may come in without rules; an empty list would be dropped by the server, and every upgrade would write it again. */}}
  {{- with include "akko-common.ingressRules" . | trim }}
  ingress: {{- . | nindent 4 }}
  {{- end }}
  egress: {{- include "akko-common.egressRules" . | trim | nindent 4 }}
{{- end }}

{{- define "akko-common.ingressRules" -}}
{{- $ctx := . }}
{{- if .d.allowFrom }}
- from:
    {{- range .d.allowFrom }}
    - podSelector:
        matchLabels:
          app.kubernetes.io/instance: {{ $ctx.root.Release.Name }}
          akko.io/component: {{ . }}
    {{- end }}
  ports:
    {{- range $name, $port := .d.ports }}
    - { protocol: TCP, port: {{ $port }} }
    {{- end }}
{{- end }}
{{- if .d.scrape }}
- from:
    - podSelector:
        matchLabels:
          app.kubernetes.io/instance: {{ $ctx.root.Release.Name }}
          akko.io/component: {{ .d.scrapedBy }}
  ports:
    - { protocol: TCP, port: {{ index .d.ports .d.scrape.port }} }
{{- end }}
{{- if .d.probedBy }}
- from:
    {{- range .d.probedBy }}
    - podSelector:
        matchLabels:
          app.kubernetes.io/instance: {{ $ctx.root.Release.Name }}
          akko.io/component: {{ . }}
    {{- end }}
  ports:
    - { protocol: TCP, port: {{ index .d.ports .d.readiness.port }} }
{{- end }}
{{- if and .d.cnpg .root.Values.global.cnpg.enabled }}
- from:
    - podSelector:
        matchLabels: {{- include "akko-common.selector" . | nindent 10 }}
    - namespaceSelector:
        matchLabels: { kubernetes.io/metadata.name: {{ .root.Values.global.cnpg.operatorNamespace }} }
  ports:
    - { protocol: TCP, port: {{ .d.ports.main }} }
    - { protocol: TCP, port: 8000 }
{{- end }}
{{- if and .d.hosts .root.Values.global.ingress.controllerNamespaces }}
- from:
    {{- range .root.Values.global.ingress.controllerNamespaces }}
    - namespaceSelector:
        matchLabels: { kubernetes.io/metadata.name: {{ . }} }
    {{- end }}
  ports:
    - { protocol: TCP, port: {{ index .d.ports .d.hostPort }} }
{{- end }}
{{- end }}

{{- define "akko-common.egressRules" -}}
{{- $ctx := . }}
- to:
    - namespaceSelector: {}
    - ipBlock: { cidr: 169.254.20.10/32 }
  ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- range .d.connectTo }}
- to:
    - podSelector:
        matchLabels:
          app.kubernetes.io/instance: {{ $ctx.root.Release.Name }}
          akko.io/component: {{ .component }}
  ports:
    {{- range .ports }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
{{- end }}
{{- if and .d.throughIngress .root.Values.global.ingress.controllerNamespaces }}
- to:
    {{- range .root.Values.global.ingress.controllerNamespaces }}
    - namespaceSelector:
        matchLabels: { kubernetes.io/metadata.name: {{ . }} }
    {{- end }}
{{- end }}
{{- $outside := list }}
{{- if and .d.cnpg .root.Values.global.cnpg.enabled }}
- to:
    - podSelector:
        matchLabels: {{- include "akko-common.selector" . | nindent 10 }}
  ports:
    - { protocol: TCP, port: {{ .d.ports.main }} }
    - { protocol: TCP, port: 8000 }
{{- $outside = concat $outside (list "443" "6443") }}
{{- with .root.Values.global.cnpg.backup.endpoint }}
{{- $outside = append $outside (include "akko-common.portOf" .) }}
{{- end }}
{{- end }}
{{- if or .d.kubernetesApi .d.kubernetesRights }}
{{- $outside = concat $outside (list "443" "6443") }}
{{- end }}
{{- if and .d.s3 .root.Values.global.s3.endpoint }}
{{- $outside = append $outside (include "akko-common.portOf" .root.Values.global.s3.endpoint) }}
{{- end }}
{{- if and .d.s3 .d.job .root.Values.global.s3.iamEndpoint }}
{{- $outside = append $outside (include "akko-common.portOf" .root.Values.global.s3.iamEndpoint) }}
{{- end }}
{{- range .d.egress }}
{{- $outside = append $outside (toString .port) }}
{{- end }}
{{- range list .root.Values.global.proxy.http .root.Values.global.proxy.https }}
{{- if . }}
{{- $outside = append $outside (include "akko-common.portOf" .) }}
{{- end }}
{{- end }}
{{- with $outside | uniq }}
- to:
    - ipBlock: { cidr: 0.0.0.0/0 }
    - ipBlock: { cidr: "::/0" }
  ports:
    {{- range . }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
{{- end }}
{{- end }}

{{/* One Ingress (or HTTPRoute) per host. A guarded host without a way to guard it stays closed. */}}
{{- define "akko-common.routes" -}}
{{- $ctx := . }}
{{- $g := .root.Values.global }}
{{- range .d.hosts }}
{{- $fqdn := ternary $g.domain (printf "%s.%s" .host $g.domain) (eq .host "") }}
{{- $guard := dict }}
{{- if .guarded }}
{{- if eq $g.ingress.className "traefik" }}
{{- $guard = dict "traefik.ingress.kubernetes.io/router.middlewares" (printf "%s-akko-forward-auth@kubernetescrd" $ctx.root.Release.Namespace) }}
{{- else }}
{{- $guard = $g.ingress.guardAnnotations }}
{{- end }}
{{- end }}
{{- if and $g.gateway.enabled (not .guarded) }}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: {{ .name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
spec:
  parentRefs:
    - { name: {{ $g.gateway.name }}, namespace: {{ $g.gateway.namespace }} }
  hostnames: [{{ $fqdn | quote }}]
  rules:
    - matches:
        - path: { type: PathPrefix, value: {{ .path }} }
      backendRefs:
        - { name: {{ $ctx.d.name }}, port: {{ index $ctx.d.ports $ctx.d.hostPort }} }
{{- else if and $g.ingress.enabled (not $g.gateway.enabled) (or (not .guarded) $guard) }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ .name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
  {{- with merge (dict) $guard $g.ingress.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  ingressClassName: {{ $g.ingress.className }}
  tls:
    - hosts: [{{ $fqdn | quote }}]
      secretName: {{ $g.tls.secretName }}
  rules:
    - host: {{ $fqdn | quote }}
      http:
        paths:
          - path: {{ .path }}
            pathType: Prefix
            backend:
              service:
                name: {{ $ctx.d.name }}
                port: { name: {{ $ctx.d.hostPort }} }
{{- end }}
{{- end }}
{{- end }}
