{{/* One template per kind of workload. */}}

{{- define "akko-common.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" . | nindent 4 }}
spec:
  replicas: {{ .values.replicas }}
  revisionHistoryLimit: 3
  selector:
    matchLabels: {{- include "akko-common.selector" . | nindent 6 }}
  strategy:
    {{- if .d.dataPath }}
    type: Recreate
    {{- else }}
    type: RollingUpdate
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
    {{- end }}
  template: {{- include "akko-common.podTemplate" . | nindent 4 }}
{{- end }}

{{- define "akko-common.statefulset" -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" . | nindent 4 }}
spec:
  replicas: {{ .values.replicas }}
  revisionHistoryLimit: 3
  serviceName: {{ .d.name }}-pods
  podManagementPolicy: Parallel
  selector:
    matchLabels: {{- include "akko-common.selector" . | nindent 6 }}
  template: {{- include "akko-common.podTemplate" . | nindent 4 }}
  {{- if .d.dataPath }}
  persistentVolumeClaimRetentionPolicy: { whenDeleted: Retain, whenScaled: Retain }
  volumeClaimTemplates:
    - metadata:
        name: data
      spec: {{- include "akko-common.claim" . | nindent 8 }}
  {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .d.name }}-pods
  labels: {{- include "akko-common.labels" . | nindent 4 }}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector: {{- include "akko-common.selector" . | nindent 4 }}
  ports: {{- include "akko-common.servicePorts" . | nindent 4 }}
{{- end }}

{{- define "akko-common.daemonset" -}}
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" . | nindent 4 }}
spec:
  revisionHistoryLimit: 3
  selector:
    matchLabels: {{- include "akko-common.selector" . | nindent 6 }}
  template: {{- include "akko-common.podTemplate" . | nindent 4 }}
{{- end }}

{{- define "akko-common.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .values.persistence.storageClass | default .root.Values.global.storageClass }}
storageClassName: {{ . | quote }}
{{- end }}
resources:
  requests:
    storage: {{ .values.persistence.size }}
{{- end }}

{{- define "akko-common.servicePorts" -}}
{{- range $name, $port := .d.ports }}
- { name: {{ $name }}, port: {{ $port }}, targetPort: {{ $name }}, protocol: TCP }
{{- end }}
{{- end }}

{{/* A whole service: what a sub-chart includes. Context: (dict "root" $ "d" declaration). */}}
{{- define "akko-common.service" -}}
{{- $ctx := dict "root" .root "d" .d "values" .root.Values }}
{{- if and .d.cnpg .root.Values.global.cnpg.enabled }}
{{ include "akko-common.cnpg" $ctx }}
{{- else }}
{{- if eq .d.kind "StatefulSet" }}
{{ include "akko-common.statefulset" $ctx }}
{{- else if eq .d.kind "DaemonSet" }}
{{ include "akko-common.daemonset" $ctx }}
{{- else }}
{{ include "akko-common.deployment" $ctx }}
{{- end }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
automountServiceAccountToken: false
{{- with .d.kubernetesRights }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $ctx.d.name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
rules:
  {{- range . }}
  - apiGroups: [{{ .apiGroup | quote }}]
    resources: {{ toJson .resources }}
    verbs: {{ toJson .verbs }}
  {{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $ctx.d.name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ $ctx.d.name }} }
subjects:
  - { kind: ServiceAccount, name: {{ $ctx.d.name }}, namespace: {{ $ctx.root.Release.Namespace }} }
{{- end }}
{{- if and .d.pods .root.Values.global.admissionPolicy.enabled }}
---
{{ include "akko-common.podAdmission" $ctx }}
{{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
spec:
  type: ClusterIP
  ipFamilyPolicy: {{ .root.Values.global.ipFamilyPolicy }}
  selector: {{- include "akko-common.selector" $ctx | nindent 4 }}
  ports: {{- include "akko-common.servicePorts" $ctx | nindent 4 }}
{{- if .d.cnpg }}
---
{{ include "akko-common.readService" $ctx }}
{{- end }}
{{- if ne .d.kind "DaemonSet" }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "akko-common.selector" $ctx | nindent 6 }}
{{- end }}
{{- end }}
{{- if .d.config }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" $ctx | nindent 4 }}
data: {{- include "akko-common.configData" $ctx | nindent 2 }}
{{- end }}
{{- if .root.Values.global.networkPolicy.enabled }}
---
{{ include "akko-common.networkPolicy" $ctx }}
{{- with .d.pods }}
---
{{ include "akko-common.networkPolicy" (dict "root" $ctx.root "d" . "values" $ctx.values) }}
{{- end }}
{{- end }}
{{- include "akko-common.routes" $ctx }}
{{- end }}
