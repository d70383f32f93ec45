{{/* akko-init: the step that writes missing Secrets, the init jobs named after their inputs, and the backups. */}}

{{/* Who gives out S3 keys: config (this chart, by SeaweedFS' identities), iam (the storage) or preset (the operator). */}}
{{- define "akko-common.s3Keys" -}}
{{- $s3 := .Values.global.s3 -}}
{{- if ne $s3.keys "auto" }}{{ $s3.keys }}{{ else if $s3.endpoint }}preset{{ else }}config{{ end -}}
{{- end }}

{{/* Context: (dict "root" $ "d" job declaration "values" values). */}}
{{- define "akko-common.jobPod" -}}
metadata:
  labels: {{- include "akko-common.labels" . | nindent 4 }}
spec:
  serviceAccountName: {{ .d.serviceAccount }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  restartPolicy: {{ .d.restartPolicy | default "OnFailure" }}
  {{- with include "akko-common.pullSecrets" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  securityContext: {{- include "akko-common.podSecurity" . | trim | nindent 4 }}
  {{- with include "akko-common.initContainers" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  containers:
    - name: main
      image: {{ include "akko-common.image" (dict "root" .root "image" .image) }}
      imagePullPolicy: {{ .root.Values.global.image.pullPolicy }}
      {{- with .d.command }}
      command: {{ toJson . }}
      {{- end }}
      args:
        {{- $root := .root }}
        {{- range .d.args }}
        - {{ tpl . $root | quote }}
        {{- end }}
      {{- if or .d.secretEnv .d.env .d.s3 .d.fieldEnv }}
      env:
        {{- range $k, $path := .d.fieldEnv }}
        - name: {{ $k }}
          valueFrom: { fieldRef: { fieldPath: {{ $path | quote }} } }
        {{- end }}
        {{- with include "akko-common.mainEnv" . | trim }}
        {{- . | nindent 8 }}
        {{- end }}
      {{- end }}
      terminationMessagePolicy: FallbackToLogsOnError
      resources: {{- toYaml .root.Values.resources | nindent 8 }}
      securityContext: {{- include "akko-common.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
        {{- if .inputs }}
        - { name: inputs, mountPath: /etc/akko, readOnly: true }
        {{- end }}
        {{- if .d.claim }}
        - { name: data, mountPath: /backups }
        {{- end }}
        {{- if .d.kubernetesApi }}
        - { name: kubernetes, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true }
        {{- end }}
        {{- if .d.policy }}
        {{- include "akko-common.policyMount" . | nindent 8 }}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: { sizeLimit: 1Gi }
    {{- if .d.kubernetesApi }}
    {{- include "akko-common.apiToken" . | nindent 4 }}
    {{- end }}
    {{- if .inputs }}
    - name: inputs
      configMap: { name: {{ .inputs }} }
    {{- end }}
    {{- include "akko-common.policyVolume" . | nindent 4 }}
    {{- if .d.claim }}
    - name: data
      persistentVolumeClaim: { claimName: {{ .d.claim }} }
    {{- end }}
{{- end }}

{{/*
A ServiceAccount with what its Role says: (dict "root" $ "d" declaration "account" name "names" Secrets "verbs" of these "creates" bool "events" bool
"annotations" dict). Kubernetes cannot limit `create` by name: an object that is created has none yet when rights are looked at.
*/}}
{{- define "akko-common.account" -}}
{{- $meta := include "akko-common.labels" . }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .account }}
  labels: {{- $meta | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .account }}
  labels: {{- $meta | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
rules:
  {{- if .names }}
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: {{ toJson .names }}
    verbs: {{ toJson .verbs }}
  {{- end }}
  {{- if .creates }}
  - apiGroups: [""]
    resources: [secrets]
    verbs: [create]
  {{- end }}
  {{- if .events }}
  - apiGroups: [events.k8s.io]
    resources: [events]
    verbs: [create]
  {{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .account }}
  labels: {{- $meta | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ .account }} }
subjects:
  - { kind: ServiceAccount, name: {{ .account }}, namespace: {{ .root.Release.Namespace }} }
{{- end }}

{{- define "akko-common.secretsHook" -}}
{{- $hook := dict "helm.sh/hook" "pre-install,pre-upgrade" "helm.sh/hook-delete-policy" "before-hook-creation" }}
{{- /* Deleted as soon as the hooks are done, well or not: with its account, a token is nothing. The Job stays for its words. */}}
{{- $brief := dict "helm.sh/hook" "pre-install,pre-upgrade" "helm.sh/hook-delete-policy" "before-hook-creation,hook-succeeded" "helm.sh/hook-weight" "-20" }}
{{- $d := .d }}
{{- $ctx := dict "root" .root "d" $d "values" (dict "env" dict) "image" .root.Values.global.initImage "inputs" $d.name }}
{{- $specs := tpl (.root.Files.Get "files/secrets.json") .root }}
{{- $names := list }}
{{- range fromJsonArray $specs }}{{ $names = append $names .name }}{{ end }}
{{ include "akko-common.account" (merge (dict "account" $d.name "names" ($names | uniq | sortAlpha) "verbs" (list "get") "creates" true "annotations" $brief) $ctx) }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $d.name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
  annotations: {{- toYaml (merge (dict "helm.sh/hook-weight" "-20") $hook) | nindent 4 }}
data:
  secrets.json: |
    {{- $specs | trim | nindent 4 }}
{{- if .root.Values.global.networkPolicy.enabled }}
---
{{ include "akko-common.networkPolicy" (merge (dict "d" (merge (dict "policyAnnotations" (merge (dict "helm.sh/hook-weight" "-20") $hook)) $d)) $ctx) }}
{{- end }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $d.name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
  annotations: {{- toYaml (merge (dict "helm.sh/hook-weight" "-10") $hook) | nindent 4 }}
spec:
  backoffLimit: 5
  activeDeadlineSeconds: 600
  podFailurePolicy:
    rules:
      - action: FailJob
        onExitCodes: { containerName: main, operator: In, values: {{ toJson $d.failsAtOnce }} }
  template: {{- include "akko-common.jobPod" $ctx | nindent 4 }}
{{- end }}

{{/* A job is named after the hash of what it is given: a changed input makes a new one, the same input changes nothing. `rerun` is an input. */}}
{{- define "akko-common.initJob" -}}
{{- $file := printf "files/%s.json" .d.job }}
{{- if .root.Values.demo }}
{{- $demo := printf "files/%s.demo.json" .d.job }}
{{- if .root.Files.Get $demo }}{{ $file = $demo }}{{ end }}
{{- end }}
{{- $resources := tpl (.root.Files.Get $file) .root | fromJsonArray }}
{{- range .extra }}
{{- $resources = append $resources . }}
{{- end }}
{{- $pod := include "akko-common.jobPod" (dict "root" .root "d" .d "values" (dict "env" dict) "image" .root.Values.global.initImage "inputs" "INPUTS") }}
{{- $policy := ternary (toJson .root.Values.global.policy.files) "" (hasKey .d "policy") }}
{{- $hash := printf "%s\n%s%s%s" (toJson $resources) $pod (.root.Values.rerun | default "") $policy | sha256sum | trunc 10 }}
{{- $name := printf "%s-%s" .d.name $hash }}
{{- $ctx := dict "root" .root "d" .d "values" (dict "env" dict) "image" .root.Values.global.initImage "inputs" $name }}
---
{{- $keeps := .d.secrets.keeps }}
{{ include "akko-common.account" (merge (dict "account" .d.serviceAccount "names" .d.secrets.names "verbs" (ternary (list "get" "update") (list "get") $keeps) "creates" $keeps "events" true) $ctx) }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
data:
  resources.json: {{ toJson $resources | quote }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
spec:
  backoffLimit: 20
  template: {{- include "akko-common.jobPod" $ctx | nindent 4 }}
{{- if .root.Values.global.networkPolicy.enabled }}
---
{{ include "akko-common.networkPolicy" $ctx }}
{{- end }}
{{- end }}

{{- define "akko-common.demoJob" -}}
{{- $ctx := dict "root" .root "d" .d "values" (dict "env" dict) "image" .root.Values.global.initImage }}
{{- $pod := include "akko-common.jobPod" $ctx }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .d.name }}-{{ $pod | sha256sum | trunc 10 }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
spec:
  backoffLimit: 20
  template: {{- $pod | nindent 4 }}
{{- if .root.Values.global.networkPolicy.enabled }}
---
{{ include "akko-common.networkPolicy" $ctx }}
{{- end }}
{{- end }}

{{- define "akko-common.backup" -}}
{{- $ctx := dict "root" .root "d" .d "values" (dict "env" dict "persistence" .backup.persistence) "image" (ternary .d.image .root.Values.global.initImage (hasKey .d "image")) }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .d.claim }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
  annotations: { helm.sh/resource-policy: keep }
spec: {{- include "akko-common.claim" $ctx | nindent 2 }}
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
spec:
  schedule: {{ .backup.schedule | quote }}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 2
      template: {{- include "akko-common.jobPod" $ctx | nindent 8 }}
{{- if .root.Values.global.networkPolicy.enabled }}
---
{{ include "akko-common.networkPolicy" $ctx }}
{{- end }}
{{- end }}

{{/* Everything of akko-init. Context: (dict "root" $ "d" declaration). */}}
{{- define "akko-common.init" -}}
{{- $root := .root }}
{{- if $root.Values.secrets.enabled }}
{{ include "akko-common.secretsHook" (dict "root" $root "d" .d.secrets) }}
{{- end }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" . | nindent 4 }}
automountServiceAccountToken: false
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .d.name }}-backup
  labels: {{- include "akko-common.labels" . | nindent 4 }}
automountServiceAccountToken: false
{{- range .d.jobs }}
{{- $values := mergeOverwrite (dict) (index $root.Values .toggle) (index $root.Values (.alias | default .toggle) | default dict) }}
{{- if and $values.enabled (not .withChart) }}
{{- $extra := list }}
{{- range $key, $made := .makes }}
{{- range index $values $key }}{{ $extra = append $extra (merge (dict "name" .) $made) }}{{ end }}
{{- end }}
{{- $toggle := .toggle }}
{{- range .required }}
{{- if not (index $values .) }}{{ fail (printf "akko-init.%s.%s is empty, and the job needs it" $toggle .) }}{{ end }}
{{- end }}
{{- if .directory }}
{{- $directory := merge (dict "kind" "directory") .directory }}
{{- range $key, $value := omit $values "enabled" }}{{ if $value }}{{ $_ := set $directory $key $value }}{{ end }}{{ end }}
{{- $extra = append $extra $directory }}
{{- end }}
{{ include "akko-common.initJob" (dict "root" $root "d" . "extra" $extra) }}
{{- end }}
{{- end }}
{{- if $root.Values.demo }}
{{ include "akko-common.demoJob" (dict "root" $root "d" .d.demo) }}
{{- end }}
{{- range .d.backups }}
{{- $values := index $root.Values.backup .toggle }}
{{- if $values.enabled }}
{{ include "akko-common.backup" (dict "root" $root "d" . "backup" $values) }}
{{- end }}
{{- end }}
{{- end }}

{{/* The jobs of services beyond the core, from the umbrella: only it knows which sub-charts are switched on. */}}
{{- define "akko-common.serviceJobs" -}}
{{- $top := . }}
{{- with index .Subcharts "akko-init" }}
{{- $root := merge (dict "Template" $top.Template) . }}
{{- range (.Files.Get "declaration.yaml" | fromYaml).jobs }}
{{- if and .withChart (hasKey $top.Subcharts (.withChart | default "")) (index $root.Values .toggle).enabled }}
{{ include "akko-common.initJob" (dict "root" $root "d" . "extra" list) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
