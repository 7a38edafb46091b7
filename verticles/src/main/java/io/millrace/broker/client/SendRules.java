package io.millrace.broker.client;

import io.millrace.ProducerOptions;
import io.millrace.record.Compression;

/** What a producer was told about sending, fixed when it was made. Meanings: {@link ProducerOptions}. */
record SendRules(
        int batchBytes,
        int maxBatchBytes,
        long lingerMillis,
        long deliveryTimeoutMillis,
        int maxInFlight,
        boolean isIdempotent,
        Compression compression) {
    static SendRules of(ProducerOptions options) {
        return new SendRules(
                options.getBatchBytes(),
                Math.max(options.getBatchBytes(), options.getMaxBatchBytes()),
                options.getLingerMillis(),
                options.getDeliveryTimeoutMillis(),
                options.getMaxInFlight(),
                options.isIdempotent(),
                options.getCompression());
    }
}
