/** Tests of the commands for a running broker, against a small server that keeps records in memory. */
@org.jspecify.annotations.NullMarked
package io.millrace.server.client;
