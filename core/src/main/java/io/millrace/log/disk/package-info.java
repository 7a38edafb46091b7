/**
 * The disk as a seam: {@link io.millrace.log.disk.Disk} names, {@link io.millrace.log.disk.DiskFile} holds bytes,
 * {@link io.millrace.log.disk.DiskWork} takes blocking calls away from the event loop. {@link
 * io.millrace.log.disk.FileDisk} is the only class of the product that opens files. Ring 1.
 */
@NullMarked
package io.millrace.log.disk;

import org.jspecify.annotations.NullMarked;
