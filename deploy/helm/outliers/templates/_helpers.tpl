{{- define "outliers.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* Labels of an object that belongs to a component: dict "root" $ "component" "detector" */ -}}
{{- define "outliers.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{ include "outliers.selector" . }}
{{- end -}}

{{- define "outliers.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "outliers.image" -}}
{{- with .root.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
outliers-{{ .image }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end -}}

{{- define "outliers.detectorHost" -}}
{{ include "outliers.fullname" . }}-detector.{{ .Release.Namespace }}.svc
{{- end -}}

{{- /* What the pod specs of all components have in common: dict "root" $ "values" .Values.detector */ -}}
{{- define "outliers.pod" -}}
automountServiceAccountToken: false
# They would look like settings.
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
# SHUTDOWN_TIMEOUT, and some time for clients to look elsewhere.
terminationGracePeriodSeconds: 30
{{- with .values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "outliers.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- /* Settings as environment variables. Numbers as JSON, as Go would write 4.194304e+06. */ -}}
{{- define "outliers.settings" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ ternary $value (toJson $value) (kindIs "string" $value) | quote }}
{{- end }}
{{- end -}}

{{- define "outliers.tlsEnv" -}}
- { name: TLS_CERT, value: /certs/tls.crt }
- { name: TLS_KEY, value: /certs/tls.key }
- { name: TLS_CA, value: /certs/ca.crt }
{{- end -}}

{{- define "outliers.tlsVolume" -}}
- name: certs
  secret:
    secretName: {{ . }}
    # For the group: files of a secret belong to root.
    defaultMode: 0440
{{- end -}}

{{- /* A container that collects: dict "root" $ "values" .Values.collector */ -}}
{{- define "outliers.collectorContainer" -}}
name: collector
image: {{ include "outliers.image" (dict "root" .root "image" "collector") }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext: {{ include "outliers.securityContext" . | nindent 2 }}
ports:
  - { name: http, containerPort: 9464 }
startupProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 15
  timeoutSeconds: 5
readinessProbe:
  httpGet: { path: /readyz, port: http }
  periodSeconds: 5
  timeoutSeconds: 5
resources: {{ toYaml .values.resources | nindent 2 }}
{{- end -}}

{{- define "outliers.collectorEnv" -}}
- { name: COLLECTOR_LISTEN_ADDRESS, value: "0.0.0.0:9464" }
- { name: DETECTOR_ADDRESS, value: "dns:///{{ include "outliers.detectorHost" .root }}:9999" }
- { name: STATE_DIR, value: /var/lib/outliers }
{{- if .root.Values.tls.enabled }}
{{ include "outliers.tlsEnv" . }}
{{- end }}
{{- include "outliers.settings" .values.settings }}
{{- end -}}
