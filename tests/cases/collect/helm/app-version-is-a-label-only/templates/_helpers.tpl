{{- define "plain.labels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}
