{{- define "part.labels" -}}
{{ include "part.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "part.selector" -}}
app.kubernetes.io/name: gibney-sync
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "part.name" -}}
{{ .root.Release.Name }}-{{ .part }}
{{- end }}

{{/* Pods take a changed Secret only when they are made anew: with another revision all are, one after the other. */}}
{{- define "part.annotations" -}}
{{- with .root.Values.secretRevision }}
annotations: { gibney-sync/secret-revision: {{ . | quote }} }
{{- end }}
{{- end }}

{{/* Spread over the nodes, as far as that is possible. */}}
{{- define "part.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "part.selector" . | nindent 8 }}
{{- end }}

{{/* What each pod has in common: the restricted level of Kubernetes' pod security. */}}
{{- define "part.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: {{ toYaml (.seccompProfile | default (dict "type" "RuntimeDefault")) | nindent 4 }}
{{- end }}

{{- define "part.container" -}}
image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{- define "part.mounts" -}}
- { name: tmp, mountPath: /tmp }
- { name: data, mountPath: /data }
{{- with .root.Values.temporal.tls.clientSecret }}
- { name: temporal-client, mountPath: /etc/temporal/client, readOnly: true }
{{- end }}
{{- with .root.Values.temporal.tls.caSecret }}
- { name: temporal-ca, mountPath: /etc/temporal/ca, readOnly: true }
{{- end }}
{{- with .root.Values.database.caSecret }}
- { name: database-ca, mountPath: /etc/database/ca, readOnly: true }
{{- end }}
{{- end }}

{{- define "part.volumes" -}}
- { name: tmp, emptyDir: { sizeLimit: {{ .root.Values.temporarySize }} } }
- { name: data, emptyDir: { sizeLimit: {{ .root.Values.temporarySize }} } }
{{- with .root.Values.temporal.tls.clientSecret }}
- { name: temporal-client, secret: { secretName: {{ . }}, defaultMode: 0440 } }
{{- end }}
{{- with .root.Values.temporal.tls.caSecret }}
- { name: temporal-ca, secret: { secretName: {{ . }}, defaultMode: 0440 } }
{{- end }}
{{- with .root.Values.database.caSecret }}
- { name: database-ca, secret: { secretName: {{ . }}, defaultMode: 0440 } }
{{- end }}
{{- end }}

{{/* A key of the Secret as a variable of the same name. */}}
{{- define "secret.variable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .root.Values.secret }}
      key: {{ .name }}
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end }}

{{/* The database and Temporal, for whoever runs. */}}
{{- define "env.backends" -}}
{{ include "secret.variable" (dict "root" .root "name" "DATABASE_URL") }}
{{ include "secret.variable" (dict "root" .root "name" "DATABASE_DIRECT_URL" "optional" true) }}
{{- with .root.Values.temporal }}
- { name: TEMPORAL_ADDRESS, value: {{ .address | quote }} }
- { name: TEMPORAL_NAMESPACE, value: {{ .namespace | quote }} }
{{- if .apiKey }}
{{ include "secret.variable" (dict "root" $.root "name" "TEMPORAL_API_KEY") }}
{{- end }}
{{ include "secret.variable" (dict "root" $.root "name" "TEMPORAL_PAYLOAD_KEYS" "optional" true) }}
{{- if .tls.enabled }}
- { name: TEMPORAL_TLS, value: "1" }
{{- end }}
{{- with .tls.serverName }}
- { name: TEMPORAL_TLS_SERVER_NAME, value: {{ . | quote }} }
{{- end }}
{{- if .tls.clientSecret }}
- { name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /etc/temporal/client/tls.crt }
- { name: TEMPORAL_TLS_CLIENT_KEY_PATH, value: /etc/temporal/client/tls.key }
{{- end }}
{{- if .tls.caSecret }}
- { name: TEMPORAL_TLS_SERVER_CA_CERT_PATH, value: /etc/temporal/ca/ca.crt }
{{- end }}
{{- end }}
{{- end }}

{{- define "env.settings" -}}
{{- $_ := required "settings.PUBLIC_URL is required: the address under which people reach the web" .root.Values.settings.PUBLIC_URL }}
{{- range $name, $value := .root.Values.settings }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{ include "secret.variable" (dict "root" .root "name" "OTEL_EXPORTER_OTLP_HEADERS" "optional" true) }}
{{- end }}

{{- define "env.keys" -}}
{{ include "secret.variable" (dict "root" .root "name" "CREDENTIALS_KEYS") }}
{{- end }}

{{- define "env.mail" -}}
{{ include "secret.variable" (dict "root" .root "name" "SMTP_URL" "optional" true) }}
{{- end }}

{{- define "env.push" -}}
{{ include "secret.variable" (dict "root" .root "name" "VAPID_PUBLIC_KEY" "optional" true) }}
{{ include "secret.variable" (dict "root" .root "name" "VAPID_PRIVATE_KEY" "optional" true) }}
{{ include "secret.variable" (dict "root" .root "name" "VAPID_SUBJECT" "optional" true) }}
{{- end }}

{{- define "env.google" -}}
{{ include "secret.variable" (dict "root" .root "name" "GOOGLE_CLIENT_ID" "optional" true) }}
{{ include "secret.variable" (dict "root" .root "name" "GOOGLE_CLIENT_SECRET" "optional" true) }}
{{- end }}

{{- define "env.worker" -}}
- { name: WORKER_QUEUES, value: {{ .queue }} }
- { name: WORKER_GRACE_SECONDS, value: {{ .graceSeconds | quote }} }
- { name: METRICS_PORT, value: "9464" }
- { name: PROBE_PORT, value: "9465" }
- { name: HOME, value: /tmp }
{{- end }}

{{- define "worker.ports" -}}
- { name: metrics, containerPort: 9464 }
- { name: probe, containerPort: 9465 }
{{- end }}

{{/* It takes work by asking for it; that it is ready keeps a roll-out from replacing good ones by one that does not run. */}}
{{- define "worker.probes" -}}
startupProbe:
  httpGet: { path: /ready, port: probe }
  periodSeconds: 3
  failureThreshold: 40
readinessProbe:
  httpGet: { path: /ready, port: probe }
  periodSeconds: 10
  timeoutSeconds: 5
livenessProbe:
  httpGet: { path: /live, port: probe }
  periodSeconds: 15
  timeoutSeconds: 5
  failureThreshold: 4
{{- end }}
