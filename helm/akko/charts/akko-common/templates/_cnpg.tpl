{{/* A server as a CloudNativePG cluster: synchronous by quorum, archived by the Barman Cloud plugin, same Service name for clients. */}}

{{- define "akko-common.cnpg" -}}
{{- $c := .root.Values.global.cnpg }}
{{- include "akko-common.prerequisite" (dict "root" .root "api" "postgresql.cnpg.io/v1" "what" "the CloudNativePG operator" "key" "global.cnpg.enabled" "instead" "set global.cnpg.enabled=false") }}
{{- if $c.backup.enabled }}
{{- include "akko-common.prerequisite" (dict "root" .root "api" "barmancloud.cnpg.io/v1" "what" "the Barman Cloud plugin of CloudNativePG" "key" "global.cnpg.backup.enabled" "instead" "set global.cnpg.backup.enabled=false (then a dump a day is all there is)") }}
{{- end }}
apiVersion: postgresql.cnpg.io/v1
kind: ImageCatalog
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" . | nindent 4 }}
  annotations:
    # It stays with its cluster.
    helm.sh/resource-policy: keep
spec:
  # Of an image alone, CloudNativePG takes PostgreSQL's major version from the tag, which here is AKKO's version.
  images:
    - major: {{ .d.cnpg.major }}
      image: {{ include "akko-common.image" (dict "root" .root "image" .values.image) }}
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" . | nindent 4 }}
  annotations:
    # CloudNativePG deletes the volumes of a cluster with the cluster: like a StatefulSet's claims, it stays when the release goes.
    helm.sh/resource-policy: keep
spec:
  instances: {{ $c.instances }}
  imageCatalogRef:
    apiGroup: postgresql.cnpg.io
    kind: ImageCatalog
    name: {{ .d.name }}
    major: {{ .d.cnpg.major }}
  imagePullPolicy: {{ .root.Values.global.image.pullPolicy }}
  {{- with .root.Values.global.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  postgresUID: {{ .d.user }}
  postgresGID: {{ .d.user }}
  inheritedMetadata:
    labels: {{- include "akko-common.labels" . | nindent 6 }}
  enableSuperuserAccess: true
  superuserSecret:
    name: {{ .d.superuserSecret }}
  enablePDB: true
  certificates:
    # The operator's own names are in it anyway.
    serverAltDNSNames:
      {{- range $name := list .d.name (printf "%s-read" .d.name) }}
      - {{ $name }}
      - {{ $name }}.{{ $.root.Release.Namespace }}
      - {{ $name }}.{{ $.root.Release.Namespace }}.svc
      {{- end }}
  switchoverDelay: {{ $c.switchoverDelay }}
  failoverDelay: {{ $c.failoverDelay }}
  stopDelay: {{ $c.stopDelay }}
  smartShutdownTimeout: {{ $c.smartShutdownTimeout }}
  primaryUpdateMethod: switchover
  primaryUpdateStrategy: unsupervised
  bootstrap:
    initdb:
      encoding: UTF8
      localeCollate: C
      localeCType: C
  postgresql:
    shared_preload_libraries: [pgaudit]
    parameters:
      max_connections: "200"
      password_encryption: scram-sha-256
    {{- if gt (int $c.instances) 1 }}
    synchronous:
      method: any
      number: {{ ternary 2 1 (ge (int $c.instances) 4) }}
      failoverQuorum: true
      dataDurability: required
    {{- end }}
  affinity:
    enablePodAntiAffinity: true
    topologyKey: kubernetes.io/hostname
    podAntiAffinityType: {{ $c.podAntiAffinityType }}
  resources:
    requests: {{- toYaml .values.resources.requests | nindent 6 }}
    limits: {{- toYaml .values.resources.limits | nindent 6 }}
  storage:
    size: {{ .values.persistence.size }}
    {{- with .values.persistence.storageClass | default .root.Values.global.storageClass }}
    storageClass: {{ . }}
    {{- end }}
  walStorage:
    size: {{ $c.walSize }}
    {{- with .values.persistence.storageClass | default .root.Values.global.storageClass }}
    storageClass: {{ . }}
    {{- end }}
  {{- if $c.backup.enabled }}
  plugins:
    - name: barman-cloud.cloudnative-pg.io
      isWALArchiver: true
      parameters:
        barmanObjectName: {{ .d.name }}-backup
  {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" . | nindent 4 }}
spec:
  type: ClusterIP
  ipFamilyPolicy: {{ .root.Values.global.ipFamilyPolicy }}
  selector:
    cnpg.io/cluster: {{ .d.name }}
    cnpg.io/instanceRole: primary
  ports:
    {{- range $name, $port := .d.ports }}
    - { name: {{ $name }}, port: {{ $port }}, targetPort: {{ $port }}, protocol: TCP }
    {{- end }}
---
{{ include "akko-common.readService" . }}
{{- if $c.backup.enabled }}
---
apiVersion: barmancloud.cnpg.io/v1
kind: ObjectStore
metadata:
  name: {{ .d.name }}-backup
  labels: {{- include "akko-common.labels" . | nindent 4 }}
spec:
  retentionPolicy: {{ $c.backup.retention }}
  configuration:
    destinationPath: {{ $c.backup.destinationPath }}
    endpointURL: {{ required "global.cnpg.backup.endpoint is missing: WAL and base backups go to an S3 that is not the one of this platform (or set global.cnpg.backup.enabled=false)" $c.backup.endpoint }}
    s3Credentials:
      accessKeyId: { name: {{ $c.backup.secretName }}, key: access-key }
      secretAccessKey: { name: {{ $c.backup.secretName }}, key: secret-key }
    wal: { compression: gzip }
    data: { compression: gzip }
---
apiVersion: postgresql.cnpg.io/v1
kind: ScheduledBackup
metadata:
  name: {{ .d.name }}
  labels: {{- include "akko-common.labels" . | nindent 4 }}
spec:
  schedule: {{ $c.backup.schedule | quote }}
  backupOwnerReference: self
  cluster:
    name: {{ .d.name }}
  method: plugin
  pluginConfiguration:
    name: barman-cloud.cloudnative-pg.io
{{- end }}
{{- end }}

{{/*
Where reports read: a standby of the cluster where there is one, else the server itself. The name is the chart's own in both shapes:
CloudNativePG owns <cluster>-ro, -r and -rw, and refuses to work over Services of these names that are not its own.
*/}}
{{- define "akko-common.readService" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .d.name }}-read
  labels: {{- include "akko-common.labels" . | nindent 4 }}
spec:
  type: ClusterIP
  ipFamilyPolicy: {{ .root.Values.global.ipFamilyPolicy }}
  selector:
    {{- if .root.Values.global.cnpg.enabled }}
    cnpg.io/cluster: {{ .d.name }}
    cnpg.io/instanceRole: {{ ternary "replica" "primary" (gt (int .root.Values.global.cnpg.instances) 1) }}
    {{- else }}
    {{- include "akko-common.selector" . | nindent 4 }}
    {{- end }}
  ports:
    {{- range $name, $port := .d.ports }}
    - { name: {{ $name }}, port: {{ $port }}, targetPort: {{ $port }}, protocol: TCP }
    {{- end }}
{{- end }}
