/** Groups under test: the machine by itself, assignors and bytes against Kafka's own, the shard under simulated members. */
@NullMarked
package io.millrace.group;

import org.jspecify.annotations.NullMarked;
