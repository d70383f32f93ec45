{{/* What every pod has: who it is, what it waits for, how it is limited, what it may write. */}}

{{- define "akko-common.podSecurity" -}}
{{- if .d.rootBecause }}
runAsUser: 0
runAsGroup: 0
{{- else }}
runAsNonRoot: true
runAsUser: {{ .d.user }}
runAsGroup: {{ .d.user }}
fsGroup: {{ .d.user }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "akko-common.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
privileged: false
capabilities:
  drop: [ALL]
{{- end }}

{{- define "akko-common.smallResources" -}}
requests: { cpu: 10m, memory: 64Mi, ephemeral-storage: 16Mi }
limits: { cpu: "1", memory: 256Mi, ephemeral-storage: 256Mi }
{{- end }}

{{- define "akko-common.env" -}}
{{- $set := .values.env }}
{{- range $k, $v := .d.secretEnv }}
{{- if hasKey $set $k }}{{ fail (printf "%s.env.%s is a secret: put it into the Secret %s (key %s), never into values" $.d.name $k $v.secret $v.key) }}{{ end }}
- name: {{ $k }}
  valueFrom:
    secretKeyRef:
      name: {{ $v.secret }}
      key: {{ $v.key }}
{{- end }}
{{- if .d.s3 }}
- name: AKKO_S3_ENDPOINT
  value: {{ include "akko-common.s3Endpoint" .root | quote }}
- name: AKKO_S3_REGION
  value: {{ include "akko-common.s3Region" .root | quote }}
{{- end }}
{{- with .root.Values.global.proxy.https }}
- name: HTTPS_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with .root.Values.global.proxy.http }}
- name: HTTP_PROXY
  value: {{ . | quote }}
{{- end }}
{{- if or .root.Values.global.proxy.http .root.Values.global.proxy.https }}
- name: NO_PROXY
  value: {{ join "," (concat (list "localhost" "127.0.0.1" "::1" ".svc" ".cluster.local") .d.neighbours .root.Values.global.proxy.exclude) | quote }}
{{- end }}
{{- $root := .root }}
{{- $own := .values.env }}
{{- range $k, $v := .d.env }}
{{- if not (hasKey $own $k) }}
- name: {{ $k }}
  value: {{ tpl $v $root | quote }}
{{- end }}
{{- end }}
{{- range $k, $v := .values.env }}
- name: {{ $k }}
  value: {{ $v | quote }}
{{- end }}
{{- end }}

{{/* Of the container that does the work, beside what it shares with the one that waits. */}}
{{- define "akko-common.mainEnv" -}}
{{- include "akko-common.env" . }}
{{- if and .d.policy (not .d.sidecar) }}
{{- include "akko-common.policyEnv" . }}
{{- end }}
{{- end }}

{{/* One init container that waits until what it needs really answers, and one per folder copied from the image. */}}
{{- define "akko-common.initContainers" -}}
{{- if or .d.waits .d.scratchFromImage .d.sidecar }}
initContainers:
  {{- with .d.sidecar }}
  - {{ include "akko-common.sidecar" $ | nindent 4 | trim }}
  {{- end }}
  {{- if .d.waits }}
  - name: wait
    image: {{ include "akko-common.image" (dict "root" .root "image" .root.Values.global.initImage) }}
    imagePullPolicy: {{ .root.Values.global.image.pullPolicy }}
    args:
      - wait
      {{- $root := .root }}
      {{- range .d.waits }}
      - {{ tpl . $root | quote }}
      {{- end }}
    {{- with include "akko-common.env" . | trim }}
    env: {{- . | nindent 6 }}
    {{- end }}
    resources: {{- include "akko-common.smallResources" . | nindent 6 }}
    securityContext: {{- include "akko-common.containerSecurity" . | nindent 6 }}
    volumeMounts:
      - { name: tmp, mountPath: /tmp }
  {{- end }}
  {{- $ctx := . }}
  {{- range $i, $path := .d.scratchFromImage }}
  - name: copy-{{ $i }}
    image: {{ include "akko-common.image" (dict "root" $ctx.root "image" $ctx.values.image) }}
    imagePullPolicy: {{ $ctx.root.Values.global.image.pullPolicy }}
    command: [cp, -R, {{ $path }}/., /copy/]
    resources: {{- include "akko-common.smallResources" $ctx | nindent 6 }}
    securityContext: {{- include "akko-common.containerSecurity" $ctx | nindent 6 }}
    volumeMounts:
      - { name: copy-{{ $i }}, mountPath: /copy }
  {{- end }}
{{- end }}
{{- end }}

{{/* (dict "probe" probe "ports" ports): how to ask. */}}
{{- define "akko-common.probe" -}}
{{- if .exec -}}
exec:
  command: {{ toJson .exec }}
{{- else if .path -}}
httpGet:
  path: {{ .path }}
  port: {{ .port }}
{{- else -}}
tcpSocket:
  port: {{ .port }}
{{- end }}
{{- end }}

{{- define "akko-common.container" -}}
name: main
image: {{ include "akko-common.image" (dict "root" .root "image" .values.image) }}
imagePullPolicy: {{ .root.Values.global.image.pullPolicy }}
{{- with .d.command }}
command: {{ toJson . }}
{{- end }}
{{- if .d.args }}
args:
  {{- $root := .root }}
  {{- range .d.args }}
  - {{ tpl . $root | quote }}
  {{- end }}
{{- end }}
{{- with include "akko-common.mainEnv" . | trim }}
env: {{- . | nindent 2 }}
{{- end }}
ports:
  {{- range $name, $port := .d.ports }}
  - { name: {{ $name }}, containerPort: {{ $port }}, protocol: TCP }
  {{- end }}
startupProbe:
  {{- include "akko-common.probe" .d.readiness | nindent 2 }}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 120
readinessProbe:
  {{- include "akko-common.probe" .d.readiness | nindent 2 }}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
livenessProbe:
  {{- include "akko-common.probe" .d.liveness | nindent 2 }}
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 6
resources:
  requests: {{- toYaml .values.resources.requests | nindent 4 }}
  limits: {{- toYaml .values.resources.limits | nindent 4 }}
securityContext: {{- include "akko-common.containerSecurity" . | nindent 2 }}
volumeMounts: {{- include "akko-common.mounts" . | nindent 2 }}
{{- end }}

{{- define "akko-common.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- range $i, $path := .d.scratch }}
- { name: scratch-{{ $i }}, mountPath: {{ $path }} }
{{- end }}
{{- range $i, $path := .d.scratchFromImage }}
- { name: copy-{{ $i }}, mountPath: {{ $path }} }
{{- end }}
{{- if .d.dataPath }}
- { name: data, mountPath: {{ .d.dataPath }} }
{{- end }}
{{- range $path, $file := .d.config }}
- { name: config, mountPath: {{ $path }}, subPath: {{ $file.key }}, readOnly: true }
{{- end }}
{{- range $i, $f := .d.secretFiles }}
- { name: secret-{{ $i }}, mountPath: {{ $f.path }}, subPath: {{ $f.key }}, readOnly: true }
{{- end }}
{{- if .d.kubernetesRights }}
- { name: kubernetes, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true }
{{- end }}
{{- range $i, $path := .d.nodePaths }}
- { name: node-{{ $i }}, mountPath: {{ $path }}, readOnly: true }
{{- end }}
{{- if and .d.policy (not .d.sidecar) }}
{{- include "akko-common.policyMount" . }}
{{- end }}
{{- end }}

{{/* A program of the image akko-init in the same pod: it begins before the others and ends after them. */}}
{{- define "akko-common.sidecar" -}}
name: {{ .d.sidecar.name }}
restartPolicy: Always
image: {{ include "akko-common.image" (dict "root" .root "image" .root.Values.global.initImage) }}
imagePullPolicy: {{ .root.Values.global.image.pullPolicy }}
args: {{ toJson .d.sidecar.args }}
{{- with include "akko-common.policyEnv" . | trim }}
env: {{- . | nindent 2 }}
{{- end }}
terminationMessagePolicy: FallbackToLogsOnError
resources: {{- include "akko-common.smallResources" . | nindent 2 }}
securityContext: {{- include "akko-common.containerSecurity" . | nindent 2 }}
volumeMounts:
  - { name: tmp, mountPath: /tmp }
  {{- with include "akko-common.policyMount" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end }}

{{/*
A token of Kubernetes for ten minutes, which the kubelet renews while the pod runs. (It must not be 3607 s, what kubelets ask for by themselves:
API servers take that for a client of old that never reads its token again, and give it a year.)
*/}}
{{- define "akko-common.apiToken" -}}
- name: kubernetes
  projected:
    defaultMode: 288
    sources:
      - serviceAccountToken: { path: token, expirationSeconds: 600 }
      - configMap:
          name: kube-root-ca.crt
          items: [{ key: ca.crt, path: ca.crt }]
      - downwardAPI:
          items:
            - path: namespace
              fieldRef: { apiVersion: v1, fieldPath: metadata.namespace }
{{- end }}

{{- define "akko-common.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 1Gi }
{{- range $i, $path := .d.scratch }}
- name: scratch-{{ $i }}
  emptyDir: { sizeLimit: {{ $.d.scratchSize }} }
{{- end }}
{{- range $i, $path := .d.scratchFromImage }}
- name: copy-{{ $i }}
  emptyDir: { sizeLimit: 1Gi }
{{- end }}
{{- if .d.config }}
- name: config
  configMap: { name: {{ .d.name }} }
{{- end }}
{{- range $i, $f := .d.secretFiles }}
- name: secret-{{ $i }}
  secret: { secretName: {{ $f.secret }}, defaultMode: 288 }
{{- end }}
{{- if .d.kubernetesRights }}
{{- /* Not the pod's automatic token, which every container would get: only the service itself holds one. */}}
{{ include "akko-common.apiToken" . }}
{{- end }}
{{- range $i, $path := .d.nodePaths }}
- name: node-{{ $i }}
  hostPath: { path: {{ $path }}, type: Directory }
{{- end }}
{{- include "akko-common.policyVolume" . }}
{{- if and .d.dataPath (ne .d.kind "StatefulSet") }}
- name: data
  persistentVolumeClaim: { claimName: {{ .d.name }} }
{{- end }}
{{- end }}

{{- define "akko-common.podTemplate" -}}
metadata:
  labels: {{- include "akko-common.labels" . | nindent 4 }}
  annotations:
    akko.io/config: {{ include "akko-common.configData" . | sha256sum | trunc 16 | quote }}
    {{- if .d.scrape }}
    prometheus.io/scrape: "true"
    prometheus.io/port: {{ index .d.ports .d.scrape.port | quote }}
    prometheus.io/path: {{ .d.scrape.path | quote }}
    {{- end }}
    {{- with .values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ .d.name }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: 60
  {{- with include "akko-common.pullSecrets" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  securityContext: {{- include "akko-common.podSecurity" . | trim | nindent 4 }}
  {{- with .values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if ne .d.kind "DaemonSet" }}
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "akko-common.selector" $ | nindent 10 }}
    {{- end }}
  {{- if .root.Values.global.antiAffinity }}
  affinity:
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            labelSelector:
              matchLabels: {{- include "akko-common.selector" . | nindent 16 }}
  {{- end }}
  {{- end }}
  {{- with include "akko-common.initContainers" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  containers:
    - {{ include "akko-common.container" . | nindent 6 | trim }}
  volumes: {{- include "akko-common.volumes" . | nindent 4 }}
{{- end }}

{{- define "akko-common.configData" -}}
{{- $root := .root }}
{{- range $path, $file := .d.config }}
{{ $file.key }}: |
  {{- tpl $file.text $root | nindent 2 }}
{{- end }}
{{- end }}
