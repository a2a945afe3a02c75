#!/bin/bash
# Formats the volume at the first start, with the roles' user and password, and starts the broker.
# The password counts at that first start. To change it later:
#   kafka-configs.sh --bootstrap-server 127.0.0.1:9094 --alter --entity-type users \
#     --entity-name NAME --add-config 'SCRAM-SHA-512=[password=NEW]'
set -euo pipefail

: "${TRIBUNE_KAFKA_USERNAME:?}" "${TRIBUNE_KAFKA_PASSWORD:?}"
bin="${KAFKA_BIN:-/opt/kafka/bin}"
settings="$(dirname "$0")/server.properties"

"$bin/kafka-storage.sh" format --ignore-formatted \
    --cluster-id VHJpYnVuZUxpdmVDbHVzdA --config "$settings" \
    --add-scram "SCRAM-SHA-512=[name=$TRIBUNE_KAFKA_USERNAME,password=$TRIBUNE_KAFKA_PASSWORD]"
unset TRIBUNE_KAFKA_PASSWORD
exec "$bin/kafka-server-start.sh" "$settings"
