/* What Step Functions can call and stepd may not: so that a definition for the cloud is told from
 * one with a mistake. Threads: any. Blocks: never. */
#ifndef INTEGRATIONS_CATALOGUE_H
#define INTEGRATIONS_CATALOGUE_H

#include "base/str.h"

/* Is there such a thing on AWS: an optimised integration with its pattern
 * ("lambda:invoke.waitForTaskToken", "aws-sdk:s3:getObject"), as after "arn:aws:states:::", or a
 * whole ARN of a Lambda function or an activity? */
bool catalogue_has_integration(str name);
bool catalogue_has_arn(str resource_arn);

#endif
