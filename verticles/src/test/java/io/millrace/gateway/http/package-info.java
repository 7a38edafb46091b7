/** Tests of the HTTP gateway, over a real node and real sockets. */
@NullMarked
package io.millrace.gateway.http;

import org.jspecify.annotations.NullMarked;
