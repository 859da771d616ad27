# Prints Alertmanager's configuration with the settings of its container: Alertmanager doesn't read variables.

# In a single-quoted YAML string, a single quote is doubled.
quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"; }

cat <<END
route:
  receiver: $(quoted "$ALERT_RECEIVER")
  # One notification per host, whichever alerts fire.
  group_by: [instance]
  group_wait: ${ALERT_GROUP_WAIT}
  group_interval: ${ALERT_GROUP_INTERVAL}
  repeat_interval: 12h

inhibit_rules:
  # The incident covers it.
  - source_matchers: [alertname = HostOutlierIncident]
    target_matchers: [alertname = HostOutlier]
    equal: [instance]
  # Consequences of the first alert.
  - source_matchers: [alertname = HostSilent]
    target_matchers: [alertname =~ "DetectionsFailing|DetectionBacklogGrowing"]
    equal: [instance]
  - source_matchers: [alertname = DetectorDown]
    target_matchers: [alertname =~ "DetectionsFailing|DetectionBacklogGrowing"]

receivers:
  - name: none
  - name: webhook
    webhook_configs:
      - url: $(quoted "$ALERT_WEBHOOK_URL")
  - name: slack
    slack_configs:
      - api_url: $(quoted "$ALERT_SLACK_URL")
        send_resolved: true
        title: '{{ .CommonLabels.instance }}: {{ .Status }}'
        text: '{{ range .Alerts }}*{{ .Annotations.summary }}*{{ "\n" }}{{ .Annotations.description }}{{ "\n" }}<{{ .Annotations.dashboard_url }}|Dashboard> <{{ .Annotations.runbook_url }}|Runbook>{{ "\n" }}{{ end }}'
  - name: email
    email_configs:
      - to: $(quoted "$ALERT_EMAIL_TO")
        from: $(quoted "$ALERT_EMAIL_FROM")
        smarthost: $(quoted "$ALERT_SMTP_SMARTHOST")
        require_tls: ${ALERT_SMTP_REQUIRE_TLS}
        auth_username: $(quoted "$ALERT_SMTP_USERNAME")
        auth_password: $(quoted "$ALERT_SMTP_PASSWORD")
        send_resolved: true
END
