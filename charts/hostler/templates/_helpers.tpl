{{/* Names and labels that every object of the chart uses. */}}

{{- define "hostler.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name, with the chart's where it is not in it. At most 40 characters, so that suffixes fit. */}}
{{- define "hostler.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "hostler.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What tells the operator's pods apart; never changes within a release. */}}
{{- define "hostler.selectorLabels" -}}
app.kubernetes.io/name: {{ include "hostler.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "hostler.labels" -}}
{{ include "hostler.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: operator
app.kubernetes.io/part-of: hostler
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "hostler.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "hostler.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "hostler.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The ServiceAccount as the subject of a binding. */}}
{{- define "hostler.subject" -}}
- kind: ServiceAccount
  name: {{ include "hostler.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{/*
Where images are never fetched from: the values, and the addresses of the API server as far as the cluster can be asked
(not under "helm template"). The operator itself adds the address by which it reaches the API server, its pod's, and what
is special everywhere.
An empty list stays empty.
*/}}
{{- define "hostler.deniedCIDRs" -}}
{{- $denied := .Values.images.deniedCIDRs -}}
{{- if $denied -}}
{{- $service := lookup "v1" "Service" "default" "kubernetes" -}}
{{- range (dig "spec" "clusterIPs" list $service) -}}
{{- $denied = append $denied . -}}
{{- end -}}
{{- $slice := lookup "discovery.k8s.io/v1" "EndpointSlice" "default" "kubernetes" -}}
{{- range (dig "endpoints" list $slice) -}}
{{- range .addresses -}}
{{- $denied = append $denied . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $denied | uniq | join "," -}}
{{- end -}}
