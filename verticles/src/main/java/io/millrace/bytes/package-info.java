/**
 * The bridge between the buffers of Vert.x and those of the JDK, without copies. The only package that names Netty types
 * outside of the gateways.
 */
@NullMarked
package io.millrace.bytes;

import org.jspecify.annotations.NullMarked;
