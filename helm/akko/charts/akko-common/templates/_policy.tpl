{{/* The policy of its owner: texts in the values, from which the chart makes a ConfigMap, or one that somebody else keeps (a folder in Git). */}}

{{- define "akko-common.policyName" -}}
{{- $policy := .root.Values.global.policy -}}
{{- if $policy.configMap }}{{ $policy.configMap }}{{ else if $policy.files }}akko-policy{{ end -}}
{{- end }}

{{- define "akko-common.policyEnv" -}}
{{- if include "akko-common.policyName" . }}
- name: AKKO_POLICY_FOLDER
  value: /etc/akko-policy
{{- end }}
{{- end }}

{{- define "akko-common.policyMount" -}}
{{- if include "akko-common.policyName" . }}
- { name: policy, mountPath: /etc/akko-policy, readOnly: true }
{{- end }}
{{- end }}

{{- define "akko-common.policyVolume" -}}
{{- if and .d.policy (include "akko-common.policyName" .) }}
- name: policy
  configMap: { name: {{ include "akko-common.policyName" . }} }
{{- end }}
{{- end }}

{{/* Context: the umbrella's own. */}}
{{- define "akko-common.policyFiles" -}}
{{- with .Values.global.policy.files }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "akko-common.policyName" (dict "root" $) }}
  labels: { app.kubernetes.io/instance: {{ $.Release.Name }}, app.kubernetes.io/part-of: akko, app.kubernetes.io/managed-by: {{ $.Release.Service }} }
data: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
