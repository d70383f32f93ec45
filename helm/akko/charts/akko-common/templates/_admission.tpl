{{/*
What a service that starts pods by itself may start, delete and claim: who may create pods may otherwise mount every Secret of the namespace,
borrow every account, copy every volume and stand in for every Service. RBAC cannot say this. One policy for pods and one for claims, so that the
API server checks the types of both. Context of all: (dict "root" $ "d" declaration).
*/}}
{{- define "akko-common.podAdmission" -}}
{{- $prefix := printf "%s-" .d.pods.name }}
{{- $pods := dict "kind" "pods" "resources" (list "pods" "pods/*") }}
{{- $claims := dict "kind" "claims" "resources" (list "persistentvolumeclaims" "persistentvolumeclaims/*") }}
{{ include "akko-common.admissionHead" (merge $pods .) }}
  variables:
    - name: subject
      expression: 'request.operation == "DELETE" ? oldObject : object'
    - name: made
      expression: request.operation == "CREATE"
    - name: containers
      expression: 'variables.made ? object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : []) : []'
  validations:
    {{- include "akko-common.admissionNames" . | nindent 4 }}
    - expression: >-
        !variables.made || !has(object.spec.volumes) || object.spec.volumes.all(volume,
          has(volume.persistentVolumeClaim) ? volume.persistentVolumeClaim.claimName.startsWith("{{ $prefix }}") : has(volume.emptyDir))
      message: a pod of {{ .d.name }} mounts claims that begin with {{ $prefix }} and empty folders, and nothing else (no Secret, no token, no folder of the node)
    - expression: >-
        variables.containers.all(container, !has(container.envFrom) && (!has(container.env) || container.env.all(variable,
          !has(variable.valueFrom) || has(variable.valueFrom.fieldRef) || has(variable.valueFrom.resourceFieldRef))))
      message: the environment of a pod of {{ .d.name }} comes from no Secret and no ConfigMap
    - expression: >-
        !variables.made || (object.spec.?automountServiceAccountToken.orValue(true) == false
        && object.spec.?serviceAccountName.orValue("default") in ["", "default"])
      message: a pod of {{ .d.name }} has no account but default, and no token of it
    - expression: >-
        !variables.made || !(object.spec.?hostNetwork.orValue(false) || object.spec.?hostPID.orValue(false) || object.spec.?hostIPC.orValue(false)
        || object.spec.?nodeName.orValue("") != "")
      message: a pod of {{ .d.name }} shares nothing with its node and does not choose it past the scheduler
    - expression: >-
        variables.containers.all(container, container.?securityContext.?privileged.orValue(false) == false
        && container.?securityContext.?allowPrivilegeEscalation.orValue(true) == false
        && container.?securityContext.?runAsNonRoot.orValue(false) == true
        && container.?securityContext.?runAsUser.orValue(1) != 0
        && container.?securityContext.?procMount.orValue("Default") == "Default"
        && "ALL" in container.?securityContext.?capabilities.?drop.orValue([])
        && container.?securityContext.?capabilities.?add.orValue([]).size() == 0
        && (!has(container.ports) || container.ports.all(port, port.?hostPort.orValue(0) == 0)))
      message: a container of {{ .d.name }} runs as nobody special, without capabilities and without a port of the node
{{ include "akko-common.admissionBinding" (merge $pods .) }}
---
{{ include "akko-common.admissionHead" (merge $claims .) }}
  variables:
    - name: subject
      expression: 'request.operation == "DELETE" ? oldObject : object'
  validations:
    {{- include "akko-common.admissionNames" . | nindent 4 }}
    - expression: >-
        request.operation != "CREATE" || !(has(object.spec.dataSource) || has(object.spec.dataSourceRef) || object.spec.?volumeName.orValue("") != "")
      message: a claim of {{ .d.name }} begins empty, and is no copy of another volume
{{ include "akko-common.admissionBinding" (merge $claims .) }}
{{- end }}

{{- define "akko-common.admissionName" -}}
{{ .root.Release.Namespace }}-{{ .d.pods.name }}-{{ .kind }}
{{- end }}

{{- define "akko-common.admissionHead" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ include "akko-common.admissionName" . }}
  labels: {{- include "akko-common.labels" . | nindent 4 }}
spec:
  failurePolicy: Fail
  matchConstraints:
    namespaceSelector:
      matchLabels: { kubernetes.io/metadata.name: {{ .root.Release.Namespace }} }
    resourceRules:
      - apiGroups: [""]
        apiVersions: [v1]
        resources: {{ toJson .resources }}
        operations: [CREATE, UPDATE, DELETE]
  matchConditions:
    - name: by-{{ .d.name }}
      expression: request.userInfo.username == "system:serviceaccount:{{ .root.Release.Namespace }}:{{ .d.name }}"
{{- end }}

{{- define "akko-common.admissionNames" -}}
- expression: request.operation in ["CREATE", "DELETE"] && request.?subResource.orValue("") == ""
  message: {{ .d.name }} creates and deletes, and does nothing else with pods and claims
- expression: variables.subject.metadata.name.startsWith("{{ .d.pods.name }}-")
  message: the name of what {{ .d.name }} starts begins with {{ .d.pods.name }}-
- expression: >-
    has(variables.subject.metadata.labels)
    && variables.subject.metadata.labels[?"akko.io/component"].orValue("") == "{{ .d.pods.component }}"
    && variables.subject.metadata.labels[?"app.kubernetes.io/instance"].orValue("") == "{{ .root.Release.Name }}"
    && variables.subject.metadata.labels.all(key, key in ["akko.io/component", "app", "component", "heritage"]
      || key.startsWith("app.kubernetes.io/") || key.startsWith("hub.jupyter.org/"))
  message: what {{ .d.name }} starts has the label akko.io/component={{ .d.pods.component }} and none by which a Service or a policy finds another part
{{- end }}

{{- define "akko-common.admissionBinding" -}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ include "akko-common.admissionName" . }}
  labels: {{- include "akko-common.labels" . | nindent 4 }}
spec:
  policyName: {{ include "akko-common.admissionName" . }}
  validationActions: [Deny]
{{- end }}
