/**
 * What every protocol shares: {@link io.millrace.gateway.Gateway} is a protocol with its listener, {@link
 * io.millrace.gateway.Node} is what it may see of the broker behind it. A gateway decides nothing about records: it
 * turns its protocol into appends and bounded reads and back. Event loops. Ring 2.
 */
@NullMarked
package io.millrace.gateway;

import org.jspecify.annotations.NullMarked;
