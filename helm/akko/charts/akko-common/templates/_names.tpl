{{/* Names, labels, images and addresses. Context of all: (dict "root" $ "d" declaration). Every name starts with akko-common. */}}

{{- define "akko-common.selector" -}}
app.kubernetes.io/instance: {{ .root.Release.Name }}
akko.io/component: {{ .d.component }}
{{- end }}

{{- define "akko-common.labels" -}}
{{ include "akko-common.selector" . }}
app.kubernetes.io/name: {{ .d.name }}
app.kubernetes.io/part-of: akko
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .d.version }}
app.kubernetes.io/version: {{ . | quote }}
{{- end }}
{{- end }}

{{/* (dict "root" $ "image" image): registry/repository:tag; images of our own have no registry but the one given. */}}
{{- define "akko-common.image" -}}
{{- with .root.Values.global.image.registry }}{{ trimSuffix "/" . }}/{{ end }}{{ .image.repository }}:{{ .image.tag }}
{{- end }}

{{- define "akko-common.s3Endpoint" -}}
{{- .Values.global.s3.endpoint | default .Values.global.s3.internalEndpoint -}}
{{- end }}

{{- define "akko-common.s3Region" -}}
{{- .Values.global.s3.region -}}
{{- end }}

{{/* The port of a URL. */}}
{{- define "akko-common.portOf" -}}
{{- $u := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $u.host | trimPrefix ":" -}}
{{- if $port }}{{ $port }}{{ else if eq $u.scheme "http" }}80{{ else }}443{{ end }}
{{- end }}

{{- define "akko-common.pullSecrets" -}}
{{- with .root.Values.global.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/*
Refuses to render for a cluster that lacks an API: (dict "root" $ "api" "traefik.io/v1alpha1" "what" "Traefik" "key" the value that
asks for it "instead" the way without it).
*/}}
{{- define "akko-common.prerequisite" -}}
{{- if and .root.Values.global.checkPrerequisites (not (.root.Capabilities.APIVersions.Has .api)) }}
{{- fail (printf "%s needs %s (API %s), which this cluster does not have: install it, or %s (global.checkPrerequisites=false skips this check; helm template sees only what --api-versions says)" .key .what .api .instead) }}
{{- end }}
{{- end }}
