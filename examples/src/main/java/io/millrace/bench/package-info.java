/**
 * The benchmarks behind every figure that this project prints. {@code EmbeddedBench} measures the broker inside one JVM;
 * each line it prints names what was measured, on how many records, and what the bare disk did in the same run. {@code
 * DeliveryBench} measures the way from a sender to a handler; {@code RecoveryBench} kills a process and measures the next start; {@code HttpBench} loads a running server.
 */
@NullMarked
package io.millrace.bench;

import org.jspecify.annotations.NullMarked;
